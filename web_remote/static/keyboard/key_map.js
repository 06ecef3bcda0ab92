// Which key does what. A key whose action or parameter the show does not have is not there.

const MOST_NUMBERED = 9;
const DURATION_STEP = { "+": 1.1, "=": 1.1, "-": 1 / 1.1 };

// parts: {registry, show, transport, send, toggle(name)}.
export function keyMap({ registry, show, transport, send, toggle }) {
  const action = (name) => registry.actions.has(name);
  const parameter = (name) => registry.parameters.has(name);
  const arm = (step) => {
    const place = show.order.indexOf(show.standby_cue);
    const id = show.order[place + step];
    if (id !== undefined) send({ cue: id, do: "select" });
  };
  const stretch = (key) => {
    const { minimum, maximum } = registry.parameters.get("transition.duration");
    const value = show.parameters["transition.duration"] * DURATION_STEP[key];
    send({ set: "transition.duration", value: Number(Math.min(maximum, Math.max(minimum, value)).toPrecision(3)) });
  };
  const groups = [
    {
      title: "Play",
      keys: [
        { key: " ", name: "Space", says: "Go", act: () => transport.press("go") },
        { key: "Enter", name: "Enter", says: "Cut", act: () => transport.press("cut") },
        { key: "h", name: "H", says: "Hold", act: () => transport.toggle("hold") },
        { key: "f", name: "F", says: "Freeze", act: () => transport.toggle("freeze") },
        { key: "b", name: "B", says: "Blackout, always", act: () => transport.toggle("blackout"), isVital: true },
        { key: "Escape", name: "Esc", says: "Close what is open, else panic; twice is at once", act: () => transport.panic(), isThere: action("panic") },
        { key: "p", name: "P", says: "Release the position", act: () => send({ do: "position.release" }) },
      ],
    },
    {
      title: "Choose",
      keys: [
        { key: "ArrowLeft", name: "←", says: "Arm the cue before", act: () => arm(-1), isRepeated: true },
        { key: "ArrowRight", name: "→", says: "Arm the cue behind", act: () => arm(1), isRepeated: true },
        {
          keys: Array.from({ length: MOST_NUMBERED }, (_, index) => String(index + 1)),
          name: "1–9",
          says: "Arm this cue",
          act: (key) => show.order[key - 1] !== undefined && send({ cue: show.order[key - 1], do: "select" }),
        },
        {
          keys: Array.from({ length: MOST_NUMBERED }, (_, index) => `Shift+${index + 1}`),
          name: "Shift 1–9",
          says: "Recall this preset",
          act: (key) => send({ do: "preset.recall", arguments: [Number(key.at(-1))] }),
          isThere: action("preset.recall"),
        },
        { key: "Control+z", name: "Ctrl Z", says: "Undo", act: () => send({ do: "setlist.undo" }), isThere: action("setlist.undo") },
        { key: "Control+y", name: "Ctrl Y", says: "Redo", act: () => send({ do: "setlist.redo" }), isThere: action("setlist.redo") },
      ],
    },
    {
      title: "Time and show",
      keys: [
        { keys: ["+", "="], name: "+", says: "Longer transitions", act: stretch, isRepeated: true },
        { key: "-", name: "−", says: "Shorter transitions", act: stretch, isRepeated: true },
        { key: "t", name: "T", says: "Tap the tempo", act: () => send({ do: "tempo.tap" }), isThere: action("tempo.tap") },
        { key: "r", name: "R", says: "Resync the beat", act: () => send({ do: "tempo.resync" }), isThere: action("tempo.resync") },
        { key: "l", name: "L", says: "Show lock", act: () => toggle("lock"), isThere: parameter("lock") },
        { key: "s", name: "S", says: "Take a still", act: () => send({ do: "still" }), isThere: action("still") },
        { key: "Control+s", name: "Ctrl S", says: "Save the show", act: () => send({ do: "show.save" }), isThere: action("show.save") },
        { key: "?", name: "?", says: "These keys", act: () => {} },
      ],
    },
  ];
  return groups.map(({ title, keys }) => ({ title, keys: keys.filter(({ isThere = true }) => isThere) }));
}
