"""Paste into a Text DAT of TouchDesigner beside an OSC Out DAT named 'oscout1' (address 127.0.0.1, port 7770).

Call the functions from buttons, CHOP Execute DATs or the textport: op('text1').module.add_prompt('gold mandala').
"""


def add_prompt(prompt, duration=None):
    """Append a cue; duration in seconds is optional."""
    send("/vj/setlist/append", [prompt] if duration is None else [prompt, float(duration)])


def change_standby(prompt):
    """Rewrite the cue that is armed; it is rendered again at once."""
    send("/vj/standby/prompt", [prompt])


def go():
    send("/vj/go", [])


def take(cue):
    """Take a cue on air by its name, or by its number."""
    send(*(("/vj/setlist/go", [cue]) if isinstance(cue, int) else ("/vj/cue/go", [cue])))


def set_value(name, value):
    """Set a parameter by its dotted name, such as 'transition.speed' or 'output.brightness'."""
    send("/vj/" + name.replace(".", "/"), [value])


def subscribe(port=9000, seconds=3600.0):
    """Ask for feedback on the port of an OSC In CHOP or DAT."""
    send("/vj/subscribe", [int(port), float(seconds)])


def send(address, arguments):
    op("oscout1").sendOSC(address, arguments)  # noqa: F821 - op is TouchDesigner's
