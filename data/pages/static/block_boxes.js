// The boxes of an ID: each block is checked as it is typed, the cursor moves on when it fits, Backspace in an empty
// box goes back, and the whole ID can be pasted into any box.

import { LENGTH, fits } from "./damm.js";
import { digitsOf, unnumbered } from "./digits.js";

const show = (digits) => (digits.length > 3 ? `${digits.slice(0, 3)} ${digits.slice(3)}` : digits);

/** Values into the words: "{right} of {all}". */
const put = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export class BlockBoxes {
  #form;
  #inputs;
  #words;
  #ready; // what the button says

  /** `words`: what is said under a box, by the reason why, and of all boxes together. */
  constructor(form, words) {
    this.#form = form;
    this.#inputs = [...form.querySelectorAll("input[name=block]")];
    this.#words = words;
    this.#ready = this.#button.textContent;
    this.#inputs.forEach((input, index) => {
      input.addEventListener("input", (event) => this.#typed(index, event));
      input.addEventListener("blur", () => this.#left(index));
      input.addEventListener("keydown", (event) => this.#pressed(index, event));
      input.addEventListener("paste", (event) => this.#pasted(index, event));
    });
    form.addEventListener("submit", (event) => this.#submitted(event));
    // The browser may bring back what was typed, or the page itself while it was checking.
    addEventListener("pageshow", () => {
      this.#busy(false);
      this.#inputs.forEach((input, index) => input.value && this.#left(index));
      this.#count();
    });
  }

  #typed(index, event) {
    const digits = this.#digits(index);
    const adding = !event.inputType?.startsWith("delete");
    if (!event.isComposing && adding && digits.length === LENGTH) this.#inputs[index].value = show(digits);
    // Half a block is no mistake while it is being typed.
    if (digits.length >= LENGTH) this.#judge(index);
    else this.#clear(index);
    this.#count();
    if (digits.length >= LENGTH) this.#say(index);
    if (adding && this.#fits(index)) this.#moveOn(index);
  }

  #left(index) {
    const digits = this.#digits(index);
    if (digits.length === 0) return;
    this.#inputs[index].value = digits.length > LENGTH ? digits : show(digits);
    this.#judge(index);
    this.#count();
  }

  #pressed(index, event) {
    if (event.key === "Backspace" && this.#inputs[index].value === "" && index > 0) {
      event.preventDefault();
      const before = this.#inputs[index - 1];
      before.focus();
      before.setSelectionRange(before.value.length, before.value.length);
    }
  }

  /** More than one block is dealt out to the boxes where most of it fits; at best from this box on. */
  #pasted(index, event) {
    if (this.fill(event.clipboardData.getData("text"), index)) event.preventDefault();
  }

  /** Deal out a text; false where it has less than a block. */
  fill(text, index = 0) {
    const digits = unnumbered(digitsOf(text), this.#inputs.length);
    if (digits.length < LENGTH) return false;
    const parts = digits.match(/\d{1,7}/g);
    const first = parts.length === 1 ? index : this.#bestStart(parts, index);
    const last = Math.min(first + parts.length, this.#inputs.length) - 1;
    for (let at = first; at <= last; at += 1) {
      // What is too much stays in the last box, to be seen there.
      const part = at === last ? parts.slice(at - first).join("") : parts[at - first];
      this.#inputs[at].value = part.length > LENGTH ? part : show(part);
      this.#judge(at);
    }
    this.#count();
    if (first === last) this.#say(first);
    else this.#speak(this.#progress());
    if (this.#fits(last)) this.#moveOn(last);
    else this.#inputs[this.#inputs.findIndex((_, at) => at >= first && !this.#fits(at))].focus();
    return true;
  }

  #bestStart(parts, here) {
    const fitting = (start) => parts.filter((part, offset) => fits(part, start + offset + 1)).length;
    const room = this.#inputs.length - parts.length;
    const starts = [...this.#inputs.keys()].filter((start) => start <= room);
    if (starts.length === 0) return 0;
    const most = Math.max(...starts.map(fitting));
    const best = starts.filter((start) => fitting(start) === most);
    return best.includes(here) ? here : best[0];
  }

  #submitted(event) {
    if (this.#form.hasAttribute("aria-busy")) return event.preventDefault();
    if (event.submitter?.formNoValidate) return;
    const wrong = [...this.#inputs.keys()].filter((index) => !this.#fits(index));
    if (wrong.length > 0) {
      event.preventDefault();
      wrong.forEach((index) => this.#judge(index));
      this.#inputs[wrong[0]].focus();
      this.#speak(put(this.#words.look_again, { wrong: wrong.length, all: this.#inputs.length }));
      return;
    }
    this.#busy(true);
  }

  /** To the next block that does not fit yet; when all do, to the button. */
  #moveOn(index) {
    const order = [...this.#inputs.keys()];
    const next = [...order.slice(index + 1), ...order.slice(0, index)].find((at) => !this.#fits(at));
    const target = next === undefined ? this.#button : this.#inputs[next];
    target.focus();
    if (next !== undefined) target.select();
  }

  #judge(index) {
    const why = this.#why(index);
    const [input, verdict] = this.#parts(index);
    if (why.fault) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    verdict.className = why.fault ? "verdict fault" : "verdict fits";
    const mark = document.createElement("span");
    mark.setAttribute("aria-hidden", "true");
    mark.textContent = why.fault ? "✗ " : "✓ ";
    verdict.replaceChildren(mark, why.words);
  }

  #clear(index) {
    const [input, verdict] = this.#parts(index);
    input.removeAttribute("aria-invalid");
    verdict.className = "verdict";
    verdict.replaceChildren();
  }

  #why(index) {
    const digits = this.#digits(index);
    const saying = (key, detail = "") => ({ fault: true, words: put(this.#words[key], { detail }) });
    if (this.#fits(index)) return { fault: false, words: this.#words.fits };
    if (digits.length === 0) return saying("missing");
    if (digits.length !== LENGTH) return saying(digits.length < LENGTH ? "short" : "long");
    const other = [index - 1, index + 1].find((at) => this.#inputs[at] && fits(digits, at + 1));
    return other === undefined ? saying("check") : saying("elsewhere", this.#name(other));
  }

  #count() {
    this.#form.querySelector("#progress").textContent = this.#progress();
  }

  #progress() {
    const [right, all] = [this.#right(), this.#inputs.length];
    return right === all ? this.#words.all_fit : put(this.#words.progress, { right, all });
  }

  #say(index) {
    this.#speak(`${this.#name(index)}: ${this.#why(index).words}.`);
  }

  #speak(words) {
    this.#form.querySelector("#spoken").textContent = words;
  }

  #busy(on) {
    this.#form.toggleAttribute("aria-busy", on);
    this.#button.toggleAttribute("aria-disabled", on);
    this.#button.textContent = on ? this.#words.busy : this.#ready;
    if (on) this.#speak(this.#words.busy);
  }

  #right() {
    return [...this.#inputs.keys()].filter((index) => this.#fits(index)).length;
  }

  #fits(index) {
    return fits(this.#digits(index), index + 1);
  }

  #digits(index) {
    return digitsOf(this.#inputs[index].value);
  }

  #name(index) {
    return this.#inputs[index].labels[0].lastChild.textContent.trim();
  }

  #parts(index) {
    const input = this.#inputs[index];
    return [input, document.getElementById(input.getAttribute("aria-describedby"))];
  }

  get #button() {
    return this.#form.querySelector("button");
  }
}
