// The line to the show: a websocket that comes back by itself and never pretends to be up.
//
// A browser does not tell a page about pings, and a phone that walks out of the room gets no close either. So silence
// counts: the server says something at least every half second, and a line that has been quiet for longer is down.

const FIRST_WAIT = 250; // ms
const LONGEST_WAIT = 4000; // ms: an operator who plugs the cable back in looks at the screen for about that long
const POLICY_VIOLATION = 1008; // the token is wrong: trying again would not make it right

// Where we were opened, by name and path; a proxy may have put us below any.
export const page = new URL(".", location.href).href;
export const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";

// What to say when the line will not be tried again.
export function refusal(reason) {
  return `The show refused this page: ${reason}. Open the whole address that latentdeck printed at its start.`;
}

export function socketAddress(path) {
  const address = new URL(path, page);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
}

export class Link {
  // path: without a slash before it. first: what is said besides the token; silence: ms without a message after which the line counts as down.
  // onUp(): the line is open. onMessage(data). onDown({reason, wait}): wait null means that it will not be tried again.
  constructor(path, { first = {}, silence, onUp = () => {}, onMessage, onDown = () => {} }) {
    this.address = socketAddress(path);
    this.first = first;
    this.silence = silence;
    this.onUp = onUp;
    this.onMessage = onMessage;
    this.onDown = onDown;
    this.wait = FIRST_WAIT;
    this.socket = null;
    this.retry = null;
    this.watch = null;
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => this.hurry());
    this.open();
  }

  get isUp() {
    return this.socket !== null && this.socket.readyState === WebSocket.OPEN;
  }

  // True when the text was handed to the line.
  send(message) {
    if (!this.isUp) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  open() {
    clearTimeout(this.retry);
    this.retry = null;
    const socket = new WebSocket(this.address);
    socket.binaryType = "blob";
    this.socket = socket;
    socket.onopen = () => {
      socket.send(JSON.stringify({ token, ...this.first }));
      this.onUp();
    };
    socket.onmessage = (event) => {
      if (socket !== this.socket) return;
      this.wait = FIRST_WAIT;
      this.listen();
      this.onMessage(event.data);
    };
    socket.onclose = (event) => {
      if (socket === this.socket) this.lose(event.reason, event.code === POLICY_VIOLATION);
    };
    this.listen();
  }

  listen() {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => this.lose("no answer", false), this.silence);
  }

  lose(reason, isFinal) {
    clearTimeout(this.watch);
    const socket = this.socket;
    this.socket = null;
    if (socket) socket.close(); // a dead line may take its time to close; nobody waits for it
    if (isFinal) {
      this.onDown({ reason, wait: null });
      return;
    }
    const wait = this.wait * (0.8 + 0.4 * Math.random()); // so that ten phones do not knock in step
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
    this.onDown({ reason, wait });
    this.retry = setTimeout(() => this.open(), wait);
  }

  // Somebody looks at the page, or the network is back: no reason to wait any longer.
  hurry() {
    if (this.retry !== null && !document.hidden) this.open();
  }
}
