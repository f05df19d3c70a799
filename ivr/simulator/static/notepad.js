// What a caller would write down: the blocks of the Confirmation ID, as they are heard.

import { copy } from "./clipboard.js";
import { element } from "./elements.js";

export class Notepad {
  #heard = new Map();

  constructor({ notes, empty, tools, copy, copied }) {
    Object.assign(this, { notes, empty, tools, copied });
    copy.addEventListener("click", () => this.#copy());
  }

  clear() {
    this.#heard.clear();
    this.#draw();
  }

  show(event) {
    if (event.block) this.#write(event.block);
  }

  #write(block) {
    const isNew = this.#heard.get(block.index)?.digits !== block.digits;
    this.#heard.set(block.index, block);
    if (isNew) this.#draw();
  }

  #draw() {
    const blocks = this.#inOrder();
    this.notes.replaceChildren(...blocks.map(({ name, digits }) =>
      element("li", {}, element("span", { class: "soft" }, name), element("span", { class: "digits" }, `${digits.slice(0, 3)} ${digits.slice(3)}`))));
    this.notes.hidden = this.tools.hidden = blocks.length === 0;
    this.empty.hidden = blocks.length > 0;
    this.copied.textContent = "";
  }

  #inOrder() {
    return [...this.#heard.values()].sort((one, other) => one.index - other.index);
  }

  async #copy() {
    const text = this.#inOrder().map(({ digits }) => digits).join(" ");
    const isCopied = await copy(text);
    if (!isCopied) getSelection().selectAllChildren(this.notes);
    this.copied.textContent = isCopied ? "Copied" : "Selected: copy it with your keyboard";
  }
}
