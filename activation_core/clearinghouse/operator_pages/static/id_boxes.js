// The boxes of the Installation ID, checked as they are typed.

import { BlockBoxes } from "/static/block_boxes.js";

document.documentElement.classList.add("with-script");
new BlockBoxes(document.getElementById("ask"), JSON.parse(document.getElementById("words").textContent));
