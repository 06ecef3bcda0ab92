// A right click, or a finger that rests: the same wish on two kinds of hardware.

const REST = 550; // ms
const SLIP = 8; // pixels: more is a drag or a scroll

export function holdOrRightClick(element, act) {
  let timer = null;
  let start = null;
  const forget = () => clearTimeout(timer);
  element.addEventListener("contextmenu", (event) => {
    event.preventDefault();
    forget();
    act();
  });
  element.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" || event.target.closest("input, select, textarea")) return;
    start = event;
    forget();
    timer = setTimeout(act, REST);
  });
  element.addEventListener("pointermove", (event) => {
    if (start && Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > SLIP) forget();
  });
  for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, forget);
}
