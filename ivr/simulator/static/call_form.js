// The form before a call: from where, to which number, by whom, how fast.

const at = (id) => document.getElementById(id);

/** `onCall(wish)` when somebody wants to call. */
export class CallForm {
  constructor(form, onCall) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      onCall(this.#wish());
    });
    at("region").addEventListener("change", () => this.#showNumber());
    at("dialled").addEventListener("change", () => this.#showNumber());
    this.#showNumber();
  }

  /** Why the last call could not be placed; '' when there is nothing to say. */
  complain(words) {
    at("call-fault").textContent = words;
  }

  #showNumber() {
    const region = at("region").selectedOptions[0];
    const other = at("dialled").selectedOptions[0];
    const number = other.value ? other.textContent.split(" · ")[0] : region.dataset.shown;
    at("to-dial").textContent = number || "–";
    at("why").textContent = other.value ? other.textContent.split(" · ").slice(1).join(", ") : region.dataset.why;
    at("place").disabled = !(other.value || region.dataset.dialled);
    if (!region.dataset.dialled) at("more").open = true;
  }

  #speed() {
    const { value } = document.querySelector("[name=speed]:checked");
    return value === "instant" ? value : Number(value);
  }

  #wish() {
    const region = at("region").selectedOptions[0];
    return {
      dialled: at("dialled").value || region.dataset.dialled,
      caller_region: region.value,
      caller: at("withheld").checked ? "withheld" : null,
      speed: this.#speed(),
    };
  }
}
