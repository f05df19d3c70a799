// What the line listens for at this moment, and for how long. A Gather is a machine's word; a caller wants to know
// how many keys, and what ends them.

import { element, slide } from "./elements.js";

const NOT_LISTENING = "Not listening: keys would be lost";

export class Listening {
  #box;
  #words;
  #bar;
  #hints;
  #clock;
  #moving = null;
  #asked = null; // the event of the Gather that is open

  constructor({ box, words, bar, hints }, clock) {
    this.#hints = hints;
    this.#box = box;
    this.#words = words;
    this.#bar = bar;
    this.#clock = clock;
  }

  entered = 0; // keys that the open Gather holds

  /** How many keys it may be given; null is any number, 0 that nothing listens. */
  get takes() {
    return this.#asked ? this.#asked.numDigits : 0;
  }

  clear() {
    this.#stop("");
  }

  show(event) {
    switch (event.kind) {
      case "listen":
        this.#asked = event;
        this.entered = 0;
        this.#hints.replaceChildren();
        for (const [keys, does] of event.keys ?? []) this.#hint(keys, does);
        return this.#tell();
      case "key":
        this.entered = event.digits.length;
        this.#moving?.cancel();
        return this.#tell();
      case "wait":
        return this.#run(event);
      case "gathered":
        return this.#stop(NOT_LISTENING);
      case "say":
        if (event.offers) this.#hint(...event.offers, event.language);
        return event.gather || this.#stop(NOT_LISTENING);
      case "dial":
        return this.#stop("Put through: keys would be lost");
      case "end":
        return this.#stop("");
    }
  }

  #run(event) {
    const { now, speed } = this.#clock();
    const left = event.seconds - Math.max(0, now - event.at);
    this.#moving = slide(this.#bar, left / event.seconds, 0, left / speed);
  }

  #tell() {
    const { numDigits, finishOnKey } = this.#asked;
    const many = numDigits === 1 ? "one key" : numDigits ? `up to ${numDigits} keys` : "keys";
    const ends = finishOnKey && numDigits !== 1 ? `, ${finishOnKey} ends` : "";
    this.#box.classList.add("open");
    this.#words.textContent =
      this.entered && numDigits !== 1 ? `${this.entered} of ${numDigits ?? "any number"}${ends}` : `Listening: ${many}${ends}`;
  }

  /** What a key does, by the declaration of the call. */
  #hint(keys, does, lang = "en") {
    this.#hints.append(element("li", {}, element("kbd", {}, keys), " ", element("span", { lang }, does)));
  }

  #stop(words) {
    this.#moving?.cancel();
    this.#moving = this.#asked = null;
    this.#hints.replaceChildren();
    this.#box.classList.remove("open");
    this.#words.textContent = words;
  }
}
