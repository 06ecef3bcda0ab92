// Controllers that are plugged in where this browser is. Their messages go to the show as they are, and its lights come back.
//
// Browsers ask the person first, and only on a secure page or on the machine itself.

const MOST = 64; // messages in one, as the show takes them
const REALTIME = 0xf8; // clocks and sensing: a network makes them useless

export class WebMidi {
  // send(message): to the show. onChange(): ports came or went.
  constructor(send, onChange) {
    Object.assign(this, { send, onChange });
    this.access = null;
    this.refusal = "";
    this.gathered = new Map(); // port to messages
  }

  get isPossible() {
    return "requestMIDIAccess" in navigator;
  }

  get names() {
    return this.access ? named(this.access.inputs).map(([name]) => name) : [];
  }

  async open() {
    try {
      this.access = await navigator.requestMIDIAccess({ sysex: false });
      this.access.onstatechange = () => this.listen();
      this.refusal = "";
      this.listen();
    } catch (error) {
      this.refusal = `This browser gives no MIDI: ${error.message}`;
    }
    this.onChange();
  }

  listen() {
    for (const [name, input] of named(this.access.inputs)) input.onmidimessage = ({ data }) => this.gather(name, [...data]);
    this.onChange();
  }

  // Once per animation frame, like everything that a hand moves; each port keeps its order.
  gather(port, message) {
    if (message[0] >= REALTIME || message.length > 3) return;
    if (this.gathered.size === 0) setTimeout(() => this.flush(), 15);
    const messages = this.gathered.get(port) ?? [];
    messages.push(message);
    this.gathered.set(port, messages);
    if (messages.length >= MOST) this.flush();
  }

  flush() {
    for (const [port, midi] of this.gathered) this.send({ midi, port });
    this.gathered.clear();
  }

  // Lights of a controller: to the output that has the name of the input.
  light({ port, midi }) {
    if (!this.access) return;
    for (const [name, output] of named(this.access.outputs)) if (name === port) for (const message of midi) output.send(message);
  }
}

// The ports with their names; of two with one name the second is "LPD8 #2", as at the machine of the show.
function named(ports) {
  const twins = new Map();
  return [...ports.values()].map((port) => {
    const twin = (twins.get(port.name) ?? 0) + 1;
    twins.set(port.name, twin);
    return [twin === 1 ? port.name : `${port.name} #${twin}`, port];
  });
}
