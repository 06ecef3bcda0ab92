// Elements of the page. Text is set as text, never as markup.

export function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

// place: 0..1 along the parent; the style sheet says what that means for the element.
export function placeAt(element, place) {
  element.style.setProperty("--place", place);
}
