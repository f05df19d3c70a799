// What a script can save the reader of /machine: the number changes with the country at once, the Installation ID
// can be copied, the Confirmation ID is checked as it is typed. Without it all works by the forms.

import { BlockBoxes } from "/static/block_boxes.js";

document.documentElement.classList.add("with-script");

const byId = (id) => document.getElementById(id);

function chooseAtOnce(form) {
  const select = form.elements.region;
  sortAsReadersDo(select);
  form.querySelector("button").hidden = true;
  select.addEventListener("change", async () => {
    const region = select.value;
    try {
      const answer = await fetch(`${form.dataset.number}?region=${encodeURIComponent(region)}`);
      if (!answer.ok) throw new Error(answer.statusText);
      const words = await answer.text();
      if (select.value !== region) return; // a later choice is on its way
      byId("number").innerHTML = words;
    } catch {
      form.submit(); // the browser then says what is wrong
      return;
    }
    select.querySelector("option[value='']")?.remove();
    document.querySelectorAll("input[name=region]").forEach((input) => (input.value = region));
    history.replaceState(null, "", `?region=${encodeURIComponent(region)}`);
  });
}

/** Each language has its own order of letters: Swedish puts Å and Ö last, Spanish Ñ after N. */
function sortAsReadersDo(select) {
  const { compare } = new Intl.Collator(select.lang);
  const chosen = select.value;
  const options = [...select.options].sort((a, b) => !!a.value - !!b.value || compare(a.text, b.text));
  select.append(...options);
  select.value = chosen;
}

/** The buttons that need a script; `#copy` stands beside an Installation ID only. */
function copyAndPrint(tools) {
  tools.hidden = false;
  byId("print").addEventListener("click", () => print());
  byId("copy")?.addEventListener("click", async () => {
    const blocks = [...document.querySelectorAll("#installation-id .block")].map((block) => block.textContent);
    try {
      await navigator.clipboard.writeText(blocks.join(" "));
      byId("copied").textContent = "Copied.";
    } catch {
      byId("copied").textContent = "Not allowed here: please select and copy it.";
    }
  });
}

/** Says that something takes its time, and takes no second press. */
function busyWhileAsking(form) {
  const button = form.querySelector("button") ?? document.querySelector(`button[form=${form.id}]`);
  const words = button.textContent;
  const busy = (on) => {
    form.toggleAttribute("aria-busy", on);
    button.toggleAttribute("aria-disabled", on);
    button.textContent = on ? form.dataset.busy : words;
  };
  form.addEventListener("submit", (event) => (form.hasAttribute("aria-busy") ? event.preventDefault() : busy(true)));
  addEventListener("pageshow", () => busy(false));
}

if (byId("region-form")) chooseAtOnce(byId("region-form"));
else if (byId("region")) sortAsReadersDo(byId("region"));
if (byId("tools")) copyAndPrint(byId("tools"));
if (byId("confirmation")) new BlockBoxes(byId("confirmation"), JSON.parse(byId("words").textContent));
document.querySelectorAll("form[data-busy]").forEach(busyWhileAsking);

// To what has just happened: not all browsers move the focus to an anchor. Where there is an autofocus, they do
// that by themselves, and Chromium complains if the focus is elsewhere already.
const happened = location.hash && byId(location.hash.slice(1));
if (happened && !document.querySelector("[autofocus]")) happened.focus();
