// What is said and keyed, line by line as it happens: the record of the call for the eye and the screen reader.

import { blocks, element, hidden, minutes, slide, spoken } from "./elements.js";

const BY = { caller: "You hung up", application: "The other side hung up", carrier: "The carrier ended the call" };

const MISHAPS = {
  dropped: ({ key }) => `${key} gets lost`,
  doubled: ({ key }) => `${key} comes twice`,
  mistyped: ({ key, pressed }) => `${key} comes as ${pressed}`,
  transposed: ({ key }) => `${key} changes places with the next`,
  slow: ({ key, seconds }) => `${key} comes ${seconds} seconds late`,
};

export class Captions {
  #log;
  #lines;
  #clock;
  #said = null; // the caption that is being spoken: its line and its moving bar
  #isAtEnd = true;
  #height = 0; // of the log when it last followed: what scrolls because it changed was scrolled by nobody
  #run = null; // keys in a row that share one line

  constructor(log, lines, clock) {
    this.#log = log;
    this.#lines = lines;
    this.#clock = clock;
    log.addEventListener("scroll", () => {
      if (log.clientHeight === this.#height) this.#isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    });
    new ResizeObserver(() => this.#follow()).observe(log);
  }

  clear() {
    this.#lines.replaceChildren();
    this.#said = this.#run = null;
    this.#isAtEnd = true;
  }

  /** History is not read out again after a reload. */
  quiet(isQuiet) {
    this.#log.setAttribute("aria-live", isQuiet ? "off" : "polite");
  }

  show(event) {
    switch (event.kind) {
      case "answered":
        return this.#note(event, "Answered");
      case "say":
        return this.#say(event, event.caption ?? event.text);
      case "play":
        return this.#say(event, event.digits ? `plays the tones ${event.digits}` : "plays a recording");
      case "wait":
        return this.#settle();
      case "key":
        this.#settle("cut short");
        return this.#key(event);
      case "gathered":
        this.#sent(event);
        return this.#settle();
      case "mishap":
        return this.#mishap(event);
      case "lost":
        return this.#lost(event);
      case "sms":
        return this.#text(event);
      case "dial":
        return this.#note(event, `Put through to ${event.number}: ${event.outcome}`);
      case "warning":
      case "error":
        return this.#fault(event);
      case "end":
        this.#settle(event.by === "caller" ? "cut short" : "");
        return this.#note(event, endedBy(event));
    }
  }

  #say(event, words) {
    this.#settle();
    this.#run = null;
    const bar = element("span", { class: "spoken", "aria-hidden": "true" });
    const language = { lang: event.language ?? "en", dir: event.direction ?? "ltr" };
    const line = this.#append(event, "said", "Line: ", element("span", { class: "words", ...language }, ...spoken(words)), bar);
    const { now, speed } = this.#clock();
    const left = event.seconds - Math.max(0, now - event.at);
    line.classList.toggle("now", left > 0);
    const moving = left > 0 ? slide(bar, 1 - left / event.seconds, 1, left / speed) : null;
    this.#said = { line, moving };
  }

  /** The caption is over; with a reason, if it was not at its end. */
  #settle(why = "") {
    if (!this.#said) return;
    const { line, moving } = this.#said;
    moving?.pause();
    line.classList.remove("now");
    if (why) line.lastChild.before(element("span", { class: "aside" }, why));
    this.#said = null;
  }

  #key(event) {
    const run = this.#sameRun("key", event, () => this.#append(event, "keyed", "You pressed ", element("span", { class: "digits" })));
    run.keys += event.key;
    run.line.querySelector(".digits").replaceChildren(...blocks(run.keys));
    this.#follow();
  }

  #sent(event) {
    const run = this.#run;
    this.#run = null;
    const words = { "finish key": "sent by #", "number of digits": "complete", timeout: "sent after a silence" }[event.why];
    const isMany = event.digits.length > 1 || event.why !== "number of digits";
    if (run?.kind !== "key" || !words || !isMany) return;
    run.line.append(element("span", { class: "aside" }, event.digits.length > 1 ? `${event.digits.length} keys, ${words}` : words));
  }

  #lost(event) {
    const aside = element("span", { class: "aside" }, `lost: ${event.why}`);
    const run = this.#sameRun(event.why, event, () => this.#append(event, "keyed lost", "You pressed ", element("span", { class: "digits" }), aside));
    run.keys += event.key;
    run.line.querySelector(".digits").replaceChildren(...blocks(run.keys));
    this.#follow();
  }

  #sameRun(kind, event, begin) {
    if (this.#run?.kind !== kind) this.#run = { kind, keys: "", line: begin() };
    return this.#run;
  }

  #mishap(event) {
    this.#run = null;
    this.#append(event, "fault-line mishap", "", element("span", {}, `On the line: ${MISHAPS[event.what](event)}`));
  }

  #fault(event) {
    const words = element("span", {}, `${event.kind === "error" ? "Error" : "Warning"} ${event.code}: ${event.title}. ${event.message}. ${event.cure}`);
    this.#run = null;
    this.#append(event, `fault-line ${event.kind}`, "", words);
  }

  /** As it stands on the handset, line by line. */
  #text(event) {
    this.#run = null;
    const lines = event.text.split("\n").flatMap((line) => [line, element("br")]).slice(0, -1);
    this.#append(event, "text-message", "", element("span", { class: "aside" }, "Text message"), element("p", { class: "digits" }, ...lines));
  }

  #note(event, words) {
    this.#run = null;
    this.#append(event, "note", "", element("span", {}, words));
  }

  #append(event, kind, who, ...children) {
    const time = element("span", { class: "time digits", "aria-hidden": "true" }, minutes(event.at));
    const body = element("div", { class: "body" }, ...(who ? [hidden(who)] : []), ...children);
    this.#lines.append(element("li", { class: kind }, time, body));
    this.#follow();
    return body;
  }

  /** Whoever has scrolled back to read is left there. */
  #follow() {
    this.#height = this.#log.clientHeight;
    if (this.#isAtEnd) this.#log.scrollTop = this.#log.scrollHeight;
  }
}

export function endedBy(event) {
  const why = event.by === "carrier" || ["busy", "no-answer", "failed"].includes(event.status) ? `: ${event.why}` : "";
  return BY[event.by] + why;
}
