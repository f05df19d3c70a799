// The telephone: before a call, in it, after it. Here the parts meet; each has a file of its own.

import { CallForm } from "./call_form.js";
import { Captions, endedBy } from "./captions.js";
import { copy } from "./clipboard.js";
import { minutes } from "./elements.js";
import { Graph } from "./graph.js";
import { keypad } from "./keypad.js";
import { Line, place } from "./line.js";
import { Listening } from "./listening.js";
import { ManyDigits } from "./many_digits.js";
import { recall, remember, remembered } from "./memory.js";
import { Notepad } from "./notepad.js";
import { Sound } from "./sound.js";
import { Tones } from "./tones.js";
import { Webhooks } from "./webhooks.js";

const at = (id) => document.getElementById(id);
const phone = at("phone");

let line = null;
let wish = null; // what the next call is placed with, or the present one was
let standing = "none"; // none, ringing, connected, ended
let clock = { now: 0, speed: 1, read: 0 };
let historyEnds = 0; // events before this one had happened when the page was opened; null: not known yet
let answeredAt = 0;
let endedAt = 0;

const callTime = () => ({ now: clock.now + ((performance.now() - clock.read) / 1000) * clock.speed, speed: clock.speed });
const isLive = () => standing === "ringing" || standing === "connected";

const captions = new Captions(at("log"), at("lines"), callTime);
const notepad = new Notepad({ notes: at("notes"), empty: at("notepad-empty"), tools: at("notepad-tools"), copy: at("copy-all"), copied: at("copied") });
const listening = new Listening({ box: at("hint"), words: at("hint-words"), bar: at("hint-bar"), hints: at("key-hints") }, callTime);
const manyDigits = new ManyDigits(listening, () => (isLive() ? line : null));
const graph = new Graph({ box: at("graph-box"), list: at("way"), smaller: at("zoom-out"), larger: at("zoom-in"), whole: at("zoom-fit") });
const sound = new Sound({ box: at("sound"), aloud: at("aloud"), volume: at("volume"), told: at("sound-told") }, callTime, () => wish.speed);
const webhooks = new Webhooks(
  { list: at("exchanges"), count: at("hood-count"), told: at("hood-told") },
  { replay: (turn) => call({ replay: line.call, turn }), command: (token) => line.command(token) },
);
// Everything that shows the call: `clear()` before one, then `show(event, isHistory)` for each event.
const views = [captions, listening, manyDigits, graph, webhooks, notepad, sound];
const tones = new Tones(() => at("tones").checked);

const form = new CallForm(at("call-form"), call);

async function call(wished) {
  if (isLive()) line.hangUp();
  form.complain("");
  at("place").disabled = at("again").disabled = true;
  tones.wake();
  sound.wake();
  try {
    begin(await place(phone.dataset.calls, wished));
  } catch (error) {
    form.complain(error.message);
    stand("none", "");
    at("before").hidden = false;
    at("during").hidden = true;
  } finally {
    at("place").disabled = at("again").disabled = false;
  }
}

// -- the call

/** `isOpened`: by its address, so that some of it is history. */
function begin(placed, isOpened = false) {
  line?.close();
  history.replaceState(null, "", `?call=${placed.id}`);
  const { dialled, caller_region, caller, speed, line_faults, desk_fault } = placed;
  wish = { dialled, caller_region, caller, speed, line_faults, desk_fault };
  stand("none", "");
  for (const view of views) view.clear();
  answeredAt = endedAt = 0;
  historyEnds = isOpened ? null : 0;
  clock = { now: 0, speed: 1, read: performance.now() }; // the stream tells the right one at once
  at("who").textContent = placed.shown;
  at("from").textContent = described(placed);
  at("before").hidden = at("ended-why").hidden = at("after").hidden = at("save").hidden = true;
  at("save").href = `${phone.dataset.calls}/${placed.id}/scenario`;
  at("why-so").href = `/calls/${placed.id}`;
  at("saved").textContent = "";
  at("during").hidden = at("live").hidden = false;
  at("title").classList.add("visually-hidden");
  stand("ringing", "Ringing…");
  at("who").focus();
  line = new Line(`${phone.dataset.calls}/${placed.id}`, placed.id, { onEvent, onClock, onTrouble });
  if (isOpened) manyDigits.take(placed.id);
}

function described({ region_name, caller, speed, faults }) {
  const who = { withheld: "number withheld" }[caller] ?? (caller ? `as ${caller}` : "");
  const pace = speed === 1 ? "" : speed === "instant" ? "instantly" : `×${speed}`;
  return [`from ${region_name}`, who, pace, ...faults].filter(Boolean).join(", ");
}

function onClock({ now, speed, events }) {
  clock = { now, speed, read: performance.now() };
  historyEnds ??= events;
}

function onEvent(event, index) {
  const isHistory = index < historyEnds - 1;
  if (event.at > callTime().now) clock = { ...clock, now: event.at, read: performance.now() }; // it has jumped
  captions.quiet(isHistory);
  for (const view of views) view.show(event, isHistory);
  if (event.kind === "answered") answer(event);
  if (event.kind === "end") end(event);
}

function answer(event) {
  answeredAt = event.at;
  at("save").hidden = false; // of a call that nobody answered there is nothing to write down
  stand("connected", "Connected");
}

function end(event) {
  endedAt = event.at;
  stand("ended", "Ended");
  at("ended-why").textContent = endedBy(event);
  at("ended-why").hidden = false;
  offerAnother();
}

function offerAnother() {
  const hadFocus = at("live").contains(document.activeElement);
  at("live").hidden = true;
  at("after").hidden = false;
  if (hadFocus) at("again").focus();
}

function onTrouble(words) {
  if (!isLive()) return;
  if (words.startsWith("The server no longer")) {
    stand("ended", "Lost");
    at("ended-why").textContent = words;
    at("ended-why").hidden = false;
    offerAnother();
  } else if (words) at("state").textContent = words;
  else stand(standing, standing === "ringing" ? "Ringing…" : "Connected");
}

function stand(now, words) {
  standing = now;
  at("screen").dataset.standing = now;
  if (at("state").textContent !== words) at("state").textContent = words;
  tick();
}

function tick() {
  const until = standing === "ended" ? endedAt : callTime().now;
  at("timer").textContent = answeredAt || standing === "ended" ? minutes(until - answeredAt) : "";
}

// -- what people do

at("again").addEventListener("click", () => call(wish));
at("hang-up").addEventListener("click", () => line.hangUp());
at("save").addEventListener("click", () => {
  at("saved").textContent = `Play the file in a terminal: .venv/bin/phone-activation call call-${line.call}.call`;
});
at("copy-link").addEventListener("click", async () => {
  at("saved").textContent = (await copy(location.href)) ? "The link is copied." : `The link: ${location.href}`;
});
at("play-again")?.addEventListener("click", () => {
  const { id, turn } = JSON.parse(at("replay").dataset.replay);
  call({ replay: id, turn });
});
at("hood").open = (recall("hood") ?? (matchMedia("(min-width: 62rem)").matches ? "open" : "")) === "open";
at("hood").addEventListener("toggle", () => remember("hood", at("hood").open ? "open" : "shut"));
remembered(at("tones"));
remembered(at("keyboard"));

keypad(at("pad"), {
  isOpen: isLive,
  dialsAnywhere: () => at("keyboard").checked,
  onKey: (key) => {
    tones.wake();
    tones.play(key);
    line.press(key);
  },
});

setInterval(() => isLive() && tick(), 250);
at("without-script").remove();
phone.hidden = false;
graph.draw(at("graph").dataset.chart);
const placed = JSON.parse(phone.dataset.call);
if (placed) begin(placed, true);
