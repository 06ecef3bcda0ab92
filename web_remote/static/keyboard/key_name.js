// Which key of key_map.js was pressed, on whatever layout and with whatever input method.
//
// Latin layouts go by the sign, so that B is where it is printed; others have no B, and go by the place of the key.

const HERE = /^[\p{ASCII}\p{Script=Latin}]/u;
const SIGN_OF_A_SCRIPT = /^[\p{L}\p{M}\p{Nd}]/u;
const PLACES = /^(?:Key([A-Z])|Digit(\d))$/;
const UNNAMED = new Set(["Process", "Unidentified", ""]); // an input method has the key: its place is all there is
const NAMED = { Space: " ", NumpadEnter: "Enter", Minus: "-", NumpadSubtract: "-", Equal: "=", NumpadAdd: "+" };
const SHIFTED = { Slash: "?", Equal: "+" };
const QUESTION_MARKS = { "؟": "?" };

// As in KeyboardEvent.key, with "Control+z" and "Shift+1" for shortcuts.
export function nameOf(event) {
  const key = keyOf(event);
  if (key === "?") return key;
  // Where Shift and 1 make a sign; where they make the 1 itself, as on French keyboards, it is the 1.
  const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
  if (event.shiftKey && digit && key !== digit && !event.ctrlKey && !event.metaKey) return `Shift+${digit}`;
  if (!event.ctrlKey && !event.metaKey) return key;
  return `Control+${event.shiftKey && key === "z" ? "y" : key}`;
}

// Whether the input method of the person wants this key for the word that is being written.
export function isComposing(event) {
  return event.isComposing || event.keyCode === 229; // Safari tells the Enter that ends a word by its number only
}

function keyOf({ key, code, shiftKey }) {
  if (UNNAMED.has(key)) return keyAt(code, shiftKey) ?? key;
  const sign = QUESTION_MARKS[key] ?? key.normalize("NFKC"); // of an input method that writes signs of full width
  if (!HERE.test(sign) && SIGN_OF_A_SCRIPT.test(sign)) return keyAt(code, shiftKey) ?? sign;
  return sign.length === 1 ? sign.toLowerCase() : sign;
}

function keyAt(code, isShifted) {
  const [, letter, digit] = PLACES.exec(code) ?? [];
  if (letter) return letter.toLowerCase();
  if (digit) return isShifted ? "" : digit;
  return (isShifted && SHIFTED[code]) || NAMED[code] || (/^(Enter|Escape|Arrow\w+)$/.test(code) ? code : undefined);
}
