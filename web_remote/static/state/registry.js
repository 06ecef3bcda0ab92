// The names and rules that the show told: parameters, actions and fields of a cue, their groups, and words for them.
//
// The whole page is made from this list, so what is added to the show appears here without a line of JavaScript.

const labels = new Map(); // by name, as the show told them

export class Registry {
  constructor({ parameters, actions, cue_fields: cueFields }) {
    this.parameters = new Map(parameters.map((each) => [each.name, each]));
    this.actions = new Map(actions.map((each) => [each.name, each]));
    this.cueFields = cueFields;
    for (const { name, label } of parameters) labels.set(name, label);
  }

  // [{title, parameters, actions}]: by the first part of the name; names of one part come first, together.
  groups() {
    const groups = new Map([["", { title: "Show", parameters: [], actions: [] }]]);
    const groupOf = (name) => {
      const prefix = name.includes(".") ? name.split(".")[0] : "";
      if (!groups.has(prefix)) groups.set(prefix, { title: capitalise(prefix), parameters: [], actions: [] });
      return groups.get(prefix);
    };
    for (const [name, parameter] of this.parameters) groupOf(name).parameters.push(parameter);
    for (const [name, action] of this.actions) groupOf(name).actions.push(action);
    return [...groups.values()];
  }
}

export function labelOf(name) {
  return labels.get(name) ?? capitalise(name.split(".").at(-1).replaceAll("_", " "));
}

function capitalise(text) {
  return text ? text[0].toUpperCase() + text.slice(1) : text;
}

// How a slider maps 0..1 of its track onto the range.
export function scaleOf({ minimum, maximum, curve, kind }) {
  const round = (value) => (kind === "integer" ? Math.round(value) : Number(value.toPrecision(4)));
  const bound = (value) => Math.min(maximum, Math.max(minimum, round(value)));
  if (curve === "logarithmic") {
    const span = Math.log(maximum / minimum);
    return {
      toPlace: (value) => Math.log(value / minimum) / span,
      fromPlace: (place) => bound(minimum * Math.exp(place * span)),
    };
  }
  return {
    origin: minimum < 0 && maximum > 0 ? -minimum / (maximum - minimum) : 0,
    toPlace: (value) => (value - minimum) / (maximum - minimum),
    fromPlace: (place) => bound(minimum + place * (maximum - minimum)),
  };
}

export function formatOf({ name, unit, kind }) {
  if (kind === "integer") return (value) => `${value}${unit && ` ${unit}`}`;
  if (name === "transition.speed") return (value) => `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(2)}×`;
  return (value) => {
    const size = Math.abs(value);
    return `${value < 0 ? "−" : ""}${size.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)}${unit && ` ${unit}`}`;
  };
}
