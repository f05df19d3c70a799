// Every webhook of the call, as the carrier sent it and as it was answered, with what the carrier had to say to that.
// Text only: nothing is run or followed.

import { copy } from "./clipboard.js";
import { element, minutes } from "./elements.js";

export class Webhooks {
  #list;
  #count;
  #told;
  #replay;
  #command;
  #asked = []; // each request: its line in the list, and what is still to be filled in

  /** `replay(turn)` plays the call again up to this webhook; `command(token)` fetches one as a curl command. */
  constructor({ list, count, told }, { replay, command }) {
    this.#list = list;
    this.#count = count;
    this.#told = told;
    this.#replay = replay;
    this.#command = command;
  }

  clear() {
    this.#list.replaceChildren();
    this.#count.textContent = this.#told.textContent = "";
    this.#asked = [];
  }

  show(event) {
    if (event.kind === "request") this.#ask(event);
    else if (event.kind === "response") this.#answer(event);
    else if (event.kind === "warning" || event.kind === "error") this.#complain(event);
  }

  #ask(event) {
    const turn = this.#asked.length;
    const verdict = element("span", { class: "verdict" }, "…");
    const where = new URL(event.url);
    const form = element("pre", { tabindex: "0", "aria-label": "Form" }, formed(event.params));
    const body = element("div", { class: "exchange" }, this.#tools(event, turn), element("h3", {}, "Form"), form);
    const line = element("summary", {},
      element("span", { class: "time digits" }, minutes(event.at)), " ",
      element("code", {}, `${event.method} ${where.pathname}${where.search}`), " ",
      element("span", { class: "soft" }, event.attempt ? `${event.why}, attempt ${event.attempt}` : event.why), " ", verdict);
    this.#list.append(element("li", {}, element("details", {}, line, body)));
    this.#asked.push({ url: event.url, line, verdict, body, form });
    this.#tell();
  }

  #tools(event, turn) {
    const again = element("button", { type: "button", class: "quiet" }, "Replay from here");
    const curl = element("button", { type: "button", class: "quiet" }, "Copy as curl");
    again.addEventListener("click", () => this.#replay(turn));
    curl.addEventListener("click", () => this.#copy(event.token, curl));
    return element("p", { class: "tools" }, ...(event.why.includes("callback") ? [] : [again]), curl);
  }

  #answer(event) {
    const asked = this.#asked.at(-1);
    if (!asked) return;
    asked.verdict.textContent = `${event.status}, ${Math.round(event.seconds * 1000)} ms`;
    asked.verdict.classList.toggle("bad-answer", event.status >= 400);
    if (!event.body) return;
    const kind = event.content_type.includes("xml") ? "TwiML" : "Answer";
    asked.body.append(element("h3", {}, kind), element("pre", { tabindex: "0", "aria-label": kind }, indented(event.body)));
  }

  /** To the webhook whose document it is about: the last one with that address. */
  #complain(event) {
    const asked = this.#asked.findLast(({ url }) => url === event.url) ?? this.#asked.at(-1);
    if (!asked) return;
    const name = event.kind === "error" ? "Error" : "Warning";
    if (asked.verdict.textContent === "…") asked.verdict.textContent = "no answer";
    asked.line.append(" ", element("span", { class: `problem ${event.kind}` }, `${name} ${event.code}`));
    asked.form.previousSibling.before(element("p", { class: `problem-told ${event.kind}` },
      element("strong", {}, `${name} ${event.code}: ${event.title}.`), ` ${event.message}. ${event.cause} ${event.cure}`));
    this.#tell();
  }

  #tell() {
    const problems = this.#list.querySelectorAll(".problem").length;
    const webhooks = this.#asked.length === 1 ? "1 webhook" : `${this.#asked.length} webhooks`;
    this.#count.textContent = problems ? `${webhooks}, ${problems === 1 ? "1 problem" : `${problems} problems`}` : webhooks;
  }

  async #copy(token, button) {
    try {
      const command = await this.#command(token);
      const isCopied = await copy(command);
      this.#told.textContent = isCopied ? "Copied: paste it into a terminal." : "This browser does not let it be copied: it is below.";
      if (!isCopied) button.closest(".exchange").append(element("pre", { tabindex: "0" }, command));
    } catch (error) {
      this.#told.textContent = error.message;
    }
  }
}

/** What says something, a line each; the empty ones by name. */
function formed(params) {
  const told = Object.entries(params).filter(([, value]) => value !== "").map(([name, value]) => `${name} = ${value}`);
  const empty = Object.keys(params).filter((name) => params[name] === "");
  return [...told, ...(empty.length ? [`and empty: ${empty.join(", ")}`] : [])].join("\n");
}

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
