// The form before a call: from where and in which language, by whom, what goes wrong, how fast.

const at = (id) => document.getElementById(id);

/** `onCall(wish)` when somebody wants to call. */
export class CallForm {
  #address;
  #asked = 0;
  #dialled = "";

  constructor(form, onCall) {
    this.#address = form.dataset.number;
    at("abroad").append(...[...at("region").options].map((option) => new Option(option.text, option.value)));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      onCall(this.#wish());
    });
    for (const id of ["region", "language", "dialled"]) at(id).addEventListener("change", () => this.#look());
    at("caller").addEventListener("change", () => (at("abroad-part").hidden = at("caller").value !== "abroad"));
    at("wrong").addEventListener("change", () => this.#count());
    this.#count();
    this.#look();
  }

  /** Why the last call could not be placed; '' when there is nothing to say. */
  complain(words) {
    at("call-fault").textContent = words;
  }

  /** The number for what is chosen. Of two questions the later one counts, whichever is answered first. */
  async #look() {
    const asked = ++this.#asked;
    const query = new URLSearchParams({ region: at("region").value, language: at("language").value, dialled: at("dialled").value });
    const answer = await fetch(`${this.#address}?${query}`).catch(() => null);
    if (asked !== this.#asked) return;
    if (!answer?.ok) return this.complain("No connection to the server. Is it still running?");
    const { dialled, shown, why, answers } = await answer.json();
    this.#dialled = dialled;
    at("to-dial").textContent = shown || "–";
    at("why").textContent = why;
    at("answers").textContent = answers;
    at("place").disabled = !dialled;
    if (!dialled) at("more").open = true;
  }

  #count() {
    const chosen = this.#lineFaults().length + (at("desk-fault").value ? 1 : 0);
    at("wrong-count").textContent = chosen ? `(${chosen} chosen)` : "";
  }

  #lineFaults() {
    return [...document.querySelectorAll("[name=line_faults]:checked")].map((box) => box.value);
  }

  #speed() {
    const { value } = document.querySelector("[name=speed]:checked");
    return value === "instant" ? value : Number(value);
  }

  #wish() {
    const caller = at("caller").value;
    return {
      dialled: this.#dialled,
      caller_region: at("region").value,
      caller: caller === "abroad" ? at("abroad").value : caller || null,
      speed: this.#speed(),
      line_faults: this.#lineFaults(),
      desk_fault: at("desk-fault").value,
    };
  }
}
