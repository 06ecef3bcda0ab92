// GO, CUT, HOLD, FREEZE and BLACKOUT.

const GUARD = 250; // ms: a nervous second press must not take the cue after next
const ANSWER_WAIT = 600; // ms until the show's value counts again

export class Transport {
  // send(message): to the show.
  constructor({ send }) {
    this.send = send;
    this.lastPress = { go: -Infinity, cut: -Infinity };
    this.go = document.getElementById("go");
    this.detail = document.getElementById("go-detail");
    this.cut = document.getElementById("cut");
    this.switches = { hold: "hold", freeze: "freeze", blackout: "output.blackout" };
    this.values = {};
    this.asked = {}; // name to {value, at}: two quick presses are on and off, also before the show has answered
    this.go.addEventListener("click", () => this.press("go"));
    this.cut.addEventListener("click", () => this.press("cut"));
    for (const id of Object.keys(this.switches)) {
      document.getElementById(id).addEventListener("click", () => this.toggle(id));
    }
  }

  press(action) {
    const now = performance.now();
    if (now - this.lastPress[action] < GUARD) return;
    this.lastPress[action] = now;
    this.send({ do: action });
  }

  toggle(id) {
    const name = this.switches[id];
    const asked = this.asked[name];
    const now = performance.now();
    const value = !(asked && now - asked.at < ANSWER_WAIT ? asked.value : this.values[name]);
    this.asked[name] = { value, at: now };
    this.send({ set: name, value });
  }

  update(show) {
    this.values = show.parameters;
    for (const [id, name] of Object.entries(this.switches)) {
      document.getElementById(id).ariaPressed = String(Boolean(this.values[name]));
    }
    const standby = show.cue(show.standby_cue);
    this.go.dataset.standby = show.is_go_pending ? "pending" : (standby?.state ?? "none");
    this.detail.textContent = detail(show, standby);
    this.go.ariaLabel = `Go, ${this.detail.textContent}`;
  }
}

function detail(show, standby) {
  if (!standby) return "no standby cue";
  const number = show.number(show.standby_cue);
  if (show.is_go_pending) return `waiting for cue ${number}`;
  return `to cue ${number}`;
}
