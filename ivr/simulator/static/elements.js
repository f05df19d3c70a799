// Making elements, and moving them where the reader has nothing against it.

/** An element with attributes and children; `text` never becomes markup. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** The same of a drawing. */
export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export const prefersStillness = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export const hidden = (text) => element("span", { class: "visually-hidden" }, text);

/** A bar that goes from one width to another in so many seconds; null where motion is not wished for. */
export function slide(bar, from, to, seconds) {
  if (prefersStillness() || seconds <= 0) return null;
  const frames = [{ transform: `scaleX(${from})` }, { transform: `scaleX(${to})` }];
  return bar.animate(frames, { duration: seconds * 1000, fill: "forwards" });
}

export function minutes(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Keys as they are read: blocks of seven as three and four, each block kept together. */
export function blocks(keys) {
  const parts = keys.match(/\d{7}|\d{1,6}(?=\D|$)|\D+/g) ?? [];
  return parts.flatMap((part) => [element("span", { class: "together" }, part.replace(/^(\d{3})(\d{4})$/, "$1 $2")), " "]);
}

/** A caption whose numbers are read from left to right; digits said one by one stay on one line, seven as three and four. */
export function spoken(words) {
  return words.split(/(\d+(?: \d+)*)/).map((part, place) => {
    if (place % 2 === 0) return part;
    const digits = part.replace(/^(\d \d \d) (\d \d \d \d)$/, "$1 \u2002$2");
    return element("bdi", { dir: "ltr", ...(part.includes(" ") && { class: "digits-said" }) }, digits);
  });
}
