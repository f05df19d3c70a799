// Every webhook of the call, as the carrier sent it and as it was answered. Text only: nothing is run or followed.

import { element, minutes } from "./elements.js";

export class Hood {
  #list;
  #count;
  #open = null; // the request that waits for its answer

  constructor(list, count) {
    this.#list = list;
    this.#count = count;
  }

  clear() {
    this.#list.replaceChildren();
    this.#count.textContent = "";
    this.#open = null;
  }

  show(event) {
    if (event.kind === "request") this.#asked(event);
    if (event.kind === "response") this.#answered(event);
  }

  #asked(event) {
    const verdict = element("span", { class: "verdict" }, "…");
    const where = new URL(event.url);
    const body = element("div", { class: "exchange" }, element("h3", {}, "Form"), element("pre", {}, form(event.params)));
    const line = element("summary", {},
      element("span", { class: "time digits" }, minutes(event.at)), " ",
      element("code", {}, `${event.method} ${where.pathname}${where.search}`), " ",
      element("span", { class: "soft" }, event.why), " ", verdict);
    this.#list.append(element("li", {}, element("details", {}, line, body)));
    this.#count.textContent = counted(this.#list.children.length);
    this.#open = { verdict, body };
  }

  #answered(event) {
    if (!this.#open) return;
    const { verdict, body } = this.#open;
    this.#open = null;
    verdict.textContent = `${event.status}, ${Math.round(event.seconds * 1000)} ms`;
    verdict.classList.toggle("bad-answer", event.status >= 400);
    if (event.body) body.append(element("h3", {}, event.content_type.includes("xml") ? "TwiML" : "Answer"), element("pre", {}, indented(event.body)));
  }
}

/** What says something, a line each; the empty ones by name. */
function form(params) {
  const told = Object.entries(params).filter(([, value]) => value !== "").map(([name, value]) => `${name} = ${value}`);
  const empty = Object.keys(params).filter((name) => params[name] === "");
  return [...told, ...(empty.length ? [`and empty: ${empty.join(", ")}`] : [])].join("\n");
}

const counted = (n) => (n === 1 ? "1 webhook" : `${n} webhooks`);

/** XML a line an element; anything else as it came. */
function indented(text) {
  const read = new DOMParser().parseFromString(text, "text/xml");
  if (read.querySelector("parsererror")) return text;
  return lines(read.documentElement, "").join("\n");
}

function lines(node, margin) {
  const opening = node.cloneNode(false).outerHTML.replace(/\/>$|><\/[^>]+>$/, "");
  const isFlat = [...node.children].every((child) => child.localName === "break");
  if (!node.hasChildNodes()) return [`${margin}${opening}/>`];
  if (isFlat) return [`${margin}${opening}>${node.innerHTML.replace(/\s+/g, " ").trim()}</${node.localName}>`];
  const within = [...node.children].flatMap((child) => lines(child, `${margin}  `));
  return [`${margin}${opening}>`, ...within, `${margin}</${node.localName}>`];
}
