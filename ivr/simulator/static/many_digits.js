// Digits that are typed or pasted whole, and wait until the line listens for several: no menu takes one of them for
// a key, and none is lost, not even by a reload.

import { takesText } from "./keypad.js";
import { forget, recall, remember } from "./memory.js";

const at = (id) => document.getElementById(id);

export class ManyDigits {
  #listening;
  #line;
  #waiting = "";

  /** `listening` says what the line takes now; `line()` is the present one, or null. */
  constructor(listening, line) {
    this.#listening = listening;
    this.#line = line;
    at("many-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    // Digits pasted anywhere are meant for the line, but are looked at before they go.
    document.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text").trim();
      if (!this.#line() || takesText(event.target) || !/^[\d\s*#.\-]+$/.test(text)) return;
      event.preventDefault();
      at("many").value = text;
      at("send-many").focus();
    });
  }

  clear() {
    this.#waiting = "";
    this.#tell();
  }

  /** A call that was opened again: what was still waiting for it. */
  take(call) {
    const [of, digits] = (recall("waiting", sessionStorage) ?? "").split(" ");
    if (of === call && digits) this.#keep(digits);
  }

  show(event, isHistory) {
    if (event.kind === "listen" && !isHistory) this.#feed();
    if (event.kind === "end") this.#keep("");
  }

  #send() {
    const keys = at("many").value.replace(/[\s.,\-–·/()]/g, "");
    const strange = keys.match(/[^0-9*#]/)?.[0];
    at("many").removeAttribute("aria-invalid");
    at("many-fault").textContent = strange ? `A telephone has no key ${strange}` : "";
    if (strange) at("many").setAttribute("aria-invalid", "true");
    if (strange || !keys) return at("many").focus();
    this.#keep(keys);
    this.#feed();
    at("many").value = "";
  }

  #feed() {
    const { takes, entered } = this.#listening;
    if (!this.#waiting || takes === 0 || (takes === 1 && this.#waiting.length > 1)) return;
    const now = this.#waiting.slice(0, (takes ?? Infinity) - entered);
    this.#line().press(now);
    this.#keep(this.#waiting.slice(now.length));
  }

  #keep(digits) {
    this.#waiting = digits;
    if (digits) remember("waiting", `${this.#line().call} ${digits}`, sessionStorage);
    else forget("waiting", sessionStorage);
    this.#tell();
  }

  #tell() {
    at("many-kept").textContent = this.#waiting ? "Kept until the line listens for digits." : "";
  }
}
