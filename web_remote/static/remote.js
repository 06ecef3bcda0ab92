// The control page: puts the parts together and passes messages between them and the show.

import { makeButton, makeSwitch, setAttribute } from "./widgets/element.js";
import { Freshness } from "./state/freshness.js";
import { Headline } from "./views/headline.js";
import { buildInvitations } from "./views/invite.js";
import { keyMap } from "./keyboard/key_map.js";
import { Keys } from "./keyboard/keys.js";
import { Link, page } from "./transport/link.js";
import { Menu, ParameterMenu } from "./widgets/menu.js";
import { midiLines } from "./views/midi_bindings.js";
import { Mix } from "./views/mix.js";
import { Outbox } from "./transport/outbox.js";
import { ParametersPanel } from "./views/parameters.js";
import { PerformancePanel } from "./views/performance.js";
import { Picture } from "./widgets/picture.js";
import { Presets } from "./views/presets.js";
import { Preview } from "./views/preview.js";
import { Registry } from "./state/registry.js";
import { SetlistView } from "./views/setlist.js";
import { ShowState } from "./state/state.js";
import { looksOfCues, Thumbnails } from "./state/thumbnails.js";
import { Toasts } from "./widgets/toasts.js";
import { ActionBar } from "./views/action_bar.js";
import { uploadPicture } from "./transport/upload.js";
import { Way } from "./views/way.js";
import { WebMidi } from "./transport/web_midi.js";

const SILENCE = 2500; // ms: five heartbeats of the server
const NO_PICTURE_AFTER = 2000; // ms
const COST_SMOOTHING = 0.05;

const byId = (id) => document.getElementById(id);

const show = new ShowState();
const toasts = new Toasts(byId("toasts"));
const freshness = new Freshness({ deck: byId("deck"), sign: byId("link"), lost: byId("lost") });
const link = new Link("ws/control", { first: { page }, silence: SILENCE, onMessage: receive, onDown: (how) => freshness.lose(how) });
const outbox = new Outbox(link, (sentence) => toasts.show(sentence, true));
const { slide, send } = outbox;
const headline = new Headline();
const menu = new Menu(byId("menu"));
const transport = new ActionBar({ send });
const webMidi = new WebMidi(send, requestDraw);
const performancePanel = new PerformancePanel(byId("performance"), { send, webMidi });
const keys = new Keys(byId("overlay"), () => freshness.isLive && document.body.dataset.role !== "viewer");
const thumbnails = new Thumbnails(showThumbnails);
const preview = new Preview(byId("preview"), byId("preview-bar"), (number) => thumbnails.get(number));
let parts = null; // made of the registry, at every greeting

// From the show.

function receive(text) {
  const message = JSON.parse(text);
  switch (message.type) {
    case "hello":
      greet(message);
      break;
    case "state":
      show.apply(message.state);
      break;
    case "midi":
      webMidi.light(message);
      return;
    case "thumbnail":
      thumbnails.take(message);
      return;
    case "status":
      show.status = message.status;
      performancePanel.note(message.status);
      break;
    case "error":
      toasts.show(message.text, true);
      break;
    case "notice":
      toasts.show(message.text, message.is_error);
  }
  freshness.hear(show.status.frame_number);
  requestDraw();
}

function greet(hello) {
  const registry = new Registry(hello);
  show.replace(hello.state, hello.status);
  outbox.forget();
  thumbnails.forget();
  document.body.dataset.role = hello.role ?? "operator";
  for (const id of ["way", "cues", "presets", "mix"]) byId(id).inert = hello.role === "viewer";
  performancePanel.greet(hello.info, registry);
  parts = build(registry, hello);
  freshness.greet(hello.status.frame_number);
}

function build(registry, { invitations = [] }) {
  const extras = (parameter) => midiLines(show.midi, parameter, registry, send);
  const parameterMenu = new ParameterMenu(menu, { send, extras });
  const hands = { slide, send, openMenu: (parameter, anchor) => parameterMenu.open(parameter, anchor) };
  const toggle = (name) => send({ set: name, value: !show.parameters[name] });
  byId("cues").replaceChildren();
  byId("new-prompt").maxLength = registry.actions.get("setlist.append").arguments[0].max_length;
  byId("panic").hidden = !registry.actions.has("panic");
  keys.use(keyMap({ registry, show, transport, send, toggle }));
  return {
    registry,
    midi: undefined,
    tools: buildTools(registry, invitations, toggle),
    setlist: new SetlistView({ list: byId("cues"), empty: byId("empty"), head: byId("setlist-head") }, registry, { send, upload }),
    way: new Way(byId("way"), {
      thumbnail: (number) => thumbnails.get(number),
      scrub: (position) => slide("position", position),
      release: () => send({ do: "position.release" }),
      parameter: registry.parameters.get("position"),
    }),
    presets: new Presets(byId("presets"), registry, show, { send, menu }),
    mix: new Mix(byId("mix"), registry, hands),
    parameters: new ParametersPanel(byId("parameters"), byId("find"), registry, hands),
  };
}

// The switches at the top, each only where the show has it.
function buildTools(registry, invitations, toggle) {
  const switches = [["record", "Rec"], ["lock", "Lock"]].filter(([name]) => registry.parameters.has(name));
  const buttons = switches.map(([name, text]) => {
    const button = makeSwitch(text, () => toggle(name));
    button.title = registry.parameters.get(name).doc;
    button.dataset.parameter = name;
    return button;
  });
  byId("tools").replaceChildren(...buttons);
  document.querySelector("dialog.invite")?.remove();
  if (invitations.length) {
    const dialog = document.body.appendChild(buildInvitations(invitations));
    byId("tools").append(makeButton("Phone", "invite-open", () => dialog.showModal()));
  }
  return buttons;
}

async function upload(cue, file, use) {
  try {
    toasts.show(await uploadPicture(cue, file, use), false);
  } catch (error) {
    toasts.show(error.message, true);
  }
}

// To the eye: once per animation frame at most, and only when something has come.

let isDrawAsked = false;
let cost = 0;

function requestDraw() {
  if (isDrawAsked || !parts) return;
  isDrawAsked = true;
  requestAnimationFrame(() => {
    isDrawAsked = false;
    const begun = performance.now();
    draw();
    cost += COST_SMOOTHING * (performance.now() - begun - cost);
  });
}

function draw() {
  const { way, setlist, presets, mix, parameters, tools } = parts;
  headline.update(show);
  transport.update(show);
  way.update(show);
  setlist.update(show);
  preview.update(show.coming?.[0] ?? null, show.parameters["preview.position"]);
  presets.update(show);
  mix.update(show);
  if (document.body.dataset.panel === "parameters") parameters.update(show);
  performancePanel.update(show);
  for (const button of tools) setAttribute(button, "aria-pressed", String(Boolean(show.parameters[button.dataset.parameter])));
  setAttribute(document.body, "data-mode", show.parameters.lock ? "show" : "edit");
  if (show.midi !== parts.midi) {
    parts.midi = show.midi;
    menu.refresh();
  }
}

// A thumbnail has come: wherever it belongs.
function showThumbnails() {
  if (!parts) return;
  for (const { cue, number } of looksOfCues(show)) {
    const bitmap = thumbnails.get(number);
    if (bitmap) parts.setlist.showThumbnail(cue, number, bitmap);
  }
  parts.way.refresh();
  preview.ask();
  thumbnails.prune(show);
}

performancePanel.pageCost = () => `${cost.toFixed(2)} ms for each change`;

let pictureAt = -Infinity;
new Picture(byId("picture"), "preview", { onShown: () => (pictureAt = performance.now()) });
setInterval(() => (byId("no-picture").hidden = performance.now() - pictureAt < NO_PICTURE_AFTER), 500);

// Hands on the page.

byId("add").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = byId("new-prompt");
  if (!input.value.trim() || !link.isUp) return;
  send({ do: "setlist.append", arguments: [input.value] });
  input.value = "";
});

for (const tab of document.querySelectorAll("[data-opens]")) {
  tab.addEventListener("click", () => {
    document.body.dataset.panel = tab.dataset.opens;
    for (const other of document.querySelectorAll("[data-opens]")) other.ariaPressed = String(other === tab);
    requestDraw();
  });
}

// A phone that dims in the middle of a set is no remote. Browsers allow this over https and on the machine itself only.
async function stayAwake() {
  try {
    if (!document.hidden) await navigator.wakeLock?.request("screen");
  } catch {
    // the battery is low or the page is not secure: the phone's own setting decides
  }
}
document.addEventListener("visibilitychange", stayAwake);
stayAwake();
