// Elements of the page. Text is set as text, never as markup.

export function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

export function makeButton(text, className, act) {
  const button = make("button", className, text);
  button.type = "button";
  button.addEventListener("click", act);
  return button;
}

// A button that is on or off; it lights up by `ariaPressed`.
export function makeSwitch(text, act) {
  const button = makeButton("", "switch", act);
  button.append(make("span", "lamp"), make("span", "", text));
  return button;
}

// place: 0..1 along the parent; the style sheet says what that means for the element.
export function placeAt(element, place) {
  element.style.setProperty("--place", place);
}

// Touch the page only when something changes: setting the same text again costs layout.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

// Of something that is not done: 100 % would say that it is.
export function percent(progress) {
  return `${Math.min(99, Math.round(progress * 100))} %`;
}
