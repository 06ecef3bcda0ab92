// The program for a projector or a browser source: always the last picture, and until there is one black, with the reason.

import { refusal } from "./transport/link.js";
import { Picture } from "./widgets/picture.js";

const FITS = ["letterbox", "crop", "stretch"];
const TITLE = document.title;

const words = document.getElementById("words");
let hasPicture = false;

const fit = new URLSearchParams(location.search).get("fit");
if (FITS.includes(fit)) document.body.dataset.fit = fit;

// An audience may look at the last picture, so then the title alone says what is wrong.
function say(sentence) {
  document.title = sentence || TITLE;
  words.textContent = sentence;
  words.hidden = hasPicture || !sentence;
}

new Picture(document.getElementById("picture"), "full", {
  onShown: () => {
    if (hasPicture && document.title === TITLE) return;
    hasPicture = true;
    say("");
  },
  onDown: ({ reason, wait }) =>
    say(wait === null ? refusal(reason) : `No picture from the show${reason && ` (${reason})`}. Trying again.`),
});
