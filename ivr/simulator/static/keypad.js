// Twelve keys: by mouse and touch, by arrow keys and Enter, and by the digits of a keyboard. Knows no call.

const KEYS = "0123456789*#";
const COLUMNS = 3;
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS };

/** `onKey(key)` for each key; `isOpen()` says whether keys are taken; `dialsAnywhere()` whether outside the pad too. */
export function keypad(pad, { onKey, isOpen, dialsAnywhere }) {
  const keys = [...pad.querySelectorAll(".key")];

  const press = (key) => {
    if (!isOpen()) return;
    const button = keys.find((each) => each.dataset.key === key);
    button.classList.add("down");
    setTimeout(() => button.classList.remove("down"), 140);
    onKey(key);
  };

  const focus = (button) => {
    for (const each of keys) each.tabIndex = each === button ? 0 : -1;
    button.focus();
  };

  pad.addEventListener("click", (event) => {
    const button = event.target.closest(".key");
    if (!button) return;
    focus(button);
    press(button.dataset.key);
  });

  pad.addEventListener("keydown", (event) => {
    const at = keys.indexOf(document.activeElement);
    if (!(event.key in STEPS) || at < 0 || hasModifier(event)) return;
    event.preventDefault();
    const to = keys[at + STEPS[event.key]];
    const leavesRow = Math.abs(STEPS[event.key]) === 1 && to && Math.floor(keys.indexOf(to) / COLUMNS) !== Math.floor(at / COLUMNS);
    if (to && !leavesRow) focus(to);
  });

  document.addEventListener("keydown", (event) => {
    const inPad = pad.contains(event.target);
    if (!isOpen() || !KEYS.includes(event.key) || hasModifier(event) || event.repeat || takesText(event.target)) return;
    if (!inPad && !dialsAnywhere()) return;
    event.preventDefault();
    press(event.key);
  });
}

function hasModifier(event) {
  return event.ctrlKey || event.metaKey || event.altKey;
}

export function takesText(element) {
  return Boolean(element.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]"));
}
