// What a script can save the reader of /activate: each block is checked as it is typed, a QR code fills the form in,
// the answer is copied, printed and read aloud. Without it all works by the form.

import { BlockBoxes } from "/static/block_boxes.js";
import { ReadAloud } from "./read_aloud.js";

document.documentElement.classList.add("with-script");

const byId = (id) => document.getElementById(id);

/** The sheet's QR code puts the ID behind the #, which no browser sends; here it leaves the address as well. */
function fillFromAddress(boxes) {
  const text = decodeURIComponent(location.hash.slice(1).replaceAll(/%(?![0-9a-f]{2})/gi, ""));
  if (boxes.fill(text)) history.replaceState(null, "", location.pathname + location.search);
}

function copyAndPrint(copy, copied) {
  byId("tools").hidden = false;
  byId("print").addEventListener("click", () => print());
  copy.addEventListener("click", async () => {
    const blocks = [...document.querySelectorAll("#answer .block")].map((block) => block.textContent);
    try {
      await navigator.clipboard.writeText(blocks.join(" "));
      copied.textContent = copy.dataset.copied;
    } catch {
      copied.textContent = copy.dataset.refused;
    }
  });
}

if (byId("words")) {
  const boxes = new BlockBoxes(byId("ask"), JSON.parse(byId("words").textContent));
  fillFromAddress(boxes);
  addEventListener("hashchange", () => fillFromAddress(boxes));
}
if (byId("answer")) {
  copyAndPrint(byId("copy"), byId("copied"));
  new ReadAloud(byId("answer"), byId("read"), byId("back"));
}
