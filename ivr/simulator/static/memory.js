// What the browser remembers of this page. Storage may be forbidden: then nothing is remembered.

export function recall(name, storage = localStorage) {
  try {
    return storage.getItem(`phone.${name}`);
  } catch {
    return null;
  }
}

export function remember(name, value, storage = localStorage) {
  try {
    storage.setItem(`phone.${name}`, value);
  } catch {
    // as above
  }
}

export function forget(name, storage = localStorage) {
  try {
    storage.removeItem(`phone.${name}`);
  } catch {
    // as above
  }
}

/** A checkbox that is found as it was left; it is on where it was never touched. */
export function remembered(box) {
  box.checked = recall(box.id) !== "off";
  box.addEventListener("change", () => remember(box.id, box.checked ? "on" : "off"));
}
