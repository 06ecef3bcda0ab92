// The control page: puts the parts together and passes messages between them and the show.

import { Controls } from "/controls.js";
import { Keys } from "/keys.js";
import { Link } from "/link.js";
import { Picture } from "/picture.js";
import { PositionBar } from "/position.js";
import { SetlistView } from "/setlist.js";
import { ShowState } from "/state.js";
import { StatusView } from "/status.js";
import { Toasts } from "/toasts.js";
import { Transport } from "/transport.js";

const SILENCE = 2500; // ms: five heartbeats of the server
const STALLED_AFTER = 2000; // ms without a new frame number: the line is up but the show does not move
const NO_PICTURE_AFTER = 2000; // ms
const LEAST_BETWEEN = 15; // ms: a 240 Hz screen must not send more than the server takes

const byId = (id) => document.getElementById(id);

const show = new ShowState();
const toasts = new Toasts(byId("toasts"));
const statusView = new StatusView();
const transport = new Transport({ send });
let setlist = null;
let positionBar = null;
let controls = null;
let frame = { number: -1, at: 0 };
let isLive = false;

// To the show. Values are gathered and sent once per animation frame; whatever else is sent goes after them.

const gathered = new Map();
let flushAt = 0;

function slide(name, value) {
  if (gathered.size === 0) requestAnimationFrame(flushWhenDue);
  gathered.set(name, value);
}

function flushWhenDue(now) {
  if (gathered.size === 0) return;
  if (now - flushAt < LEAST_BETWEEN) {
    requestAnimationFrame(flushWhenDue);
    return;
  }
  flushAt = now;
  flush();
}

function flush() {
  for (const [name, value] of gathered) link.send({ set: name, value });
  gathered.clear();
}

function send(message) {
  flush();
  if (!link.send(message)) toasts.show("Not sent: there is no connection to the show", true);
}

// From the show.

const link = new Link("/ws/control", { silence: SILENCE, onMessage: receive, onDown: lose });

function receive(text) {
  const message = JSON.parse(text);
  if (message.type === "hello") greet(message);
  else if (message.type === "state") show.apply(message.state);
  else if (message.type === "status") show.status = message.status;
  else if (message.type === "error") toasts.show(message.text, true);
  else if (message.type === "notice") toasts.show(message.text, message.is_error);
  watchFrames();
  requestDraw();
}

function greet({ parameters, actions, info, state, status }) {
  show.replace(state, status);
  gathered.clear(); // what a hand wanted before the line broke is not wanted now
  const action = (name) => actions.find((each) => each.name === name);
  const parameter = (name) => parameters.find((each) => each.name === name);
  const limits = {
    prompt: action("standby.prompt").arguments[0],
    seed: action("standby.seed").arguments[0],
    duration: action("standby.duration").arguments[0],
  };
  byId("cues").replaceChildren();
  setlist = new SetlistView(byId("cues"), byId("empty"), { send, limits });
  positionBar = new PositionBar(byId("tbar"), {
    scrub: (position) => slide("position", position),
    release: () => send({ do: "position.release" }),
    address: parameter("position").address,
    title: parameter("position").doc,
  });
  controls = new Controls(byId("faders"), byId("switches"), parameters, { slide, send });
  byId("new-prompt").maxLength = limits.prompt.max_length;
  statusView.info = info;
  frame = { number: status.frame_number, at: performance.now() };
  enliven();
}

function enliven() {
  isLive = true;
  document.body.dataset.link = "up";
  byId("link").textContent = "live";
  byId("lost").hidden = true;
  byId("deck").inert = false;
}

function lose({ reason, wait }) {
  isLive = false;
  const isFinal = wait === null;
  document.body.dataset.link = isFinal ? "refused" : "down";
  byId("link").textContent = isFinal ? "refused" : "offline";
  byId("deck").inert = true;
  byId("lost").hidden = false;
  byId("lost").textContent = isFinal
    ? `The show refused this page: ${reason}. Open the address that latentdeck printed at its start.`
    : `No connection to the show${reason ? ` (${reason})` : ""}. What you see is old. Trying again.`;
}

// The line may be up while the show stands still; what is shown would be old all the same.
function watchFrames() {
  const now = performance.now();
  const number = show.status.frame_number;
  if (number !== frame.number) frame = { number, at: now };
  const isStalled = isLive && now - frame.at > STALLED_AFTER;
  if (isLive) {
    document.body.dataset.link = isStalled ? "stalled" : "up";
    byId("link").textContent = isStalled ? "stalled" : "live";
    byId("lost").hidden = !isStalled;
    if (isStalled) byId("lost").textContent = "The show has stopped making frames. What you see is old.";
  }
}

// To the eye.

let isDrawAsked = false;

function requestDraw() {
  if (isDrawAsked || !setlist) return;
  isDrawAsked = true;
  requestAnimationFrame(() => {
    isDrawAsked = false;
    draw();
  });
}

function draw() {
  statusView.update(show);
  transport.update(show);
  positionBar.update(show);
  setlist.update(show);
  controls.update(show.parameters);
}

let pictureAt = -Infinity;
new Picture(byId("picture"), "preview", () => (pictureAt = performance.now()));
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
  });
}

new Keys(
  [
    { key: " ", name: "Space", says: "Go", act: () => transport.press("go") },
    { key: "Enter", name: "Enter", says: "Cut", act: () => transport.press("cut") },
    { key: "h", name: "H", says: "Hold", act: () => transport.toggle("hold") },
    { key: "f", name: "F", says: "Freeze", act: () => transport.toggle("freeze") },
    { key: "b", name: "B", says: "Blackout", act: () => transport.toggle("blackout") },
    { key: "r", name: "R", says: "Release the position", act: () => send({ do: "position.release" }) },
  ],
  () => isLive,
);

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
