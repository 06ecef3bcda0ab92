// What Esc closes before it is PANIC: whatever is in sight and was opened last.
//
// The page itself is asked what is open: something that went with its cue or with the show must not swallow the key.

const closers = new WeakMap();
let count = 0;

// close(): by the key; whoever is closed in another way says so by `closed`, or leaves the page or the sight.
export function opened(element, close) {
  closers.set(element, close);
  element.dataset.opened = String(++count);
}

export function closed(element) {
  delete element.dataset.opened;
}

// Whether there was something to close.
export function closeLast() {
  const open = [...document.querySelectorAll("[data-opened]")].filter((element) => element.getClientRects().length > 0);
  if (!open.length) return false;
  const last = open.reduce((one, other) => (Number(one.dataset.opened) > Number(other.dataset.opened) ? one : other));
  closed(last);
  closers.get(last)();
  return true;
}
