// The telephone: before a call, in it, after it. Here the parts meet; each has a file of its own.

import { Captions, endedBy } from "./captions.js";
import { minutes, slide } from "./elements.js";
import { Hood } from "./hood.js";
import { keypad, takesText } from "./keypad.js";
import { Line, place } from "./line.js";
import { Notepad } from "./notepad.js";
import { Tones } from "./tones.js";

const at = (id) => document.getElementById(id);
const phone = at("phone");

let line = null;
let wish = null; // what the next call is placed with, or the present one was
let standing = "none"; // none, ringing, connected, ended
let clock = { now: 0, speed: 1, read: 0 };
let historyEnds = 0; // events before this one had happened when the page was opened; null: not known yet
let answeredAt = 0;
let endedAt = 0;
let entered = 0;
let listening = null;
let pending = ""; // digits that were sent at once and wait until the line listens for several
let bar = null;

const callTime = () => ({ now: clock.now + ((performance.now() - clock.read) / 1000) * clock.speed, speed: clock.speed });
const isLive = () => standing === "ringing" || standing === "connected";

const captions = new Captions(at("log"), at("lines"), callTime);
const hood = new Hood(at("exchanges"), at("hood-count"));
const notepad = new Notepad({ notes: at("notes"), empty: at("notepad-empty"), tools: at("notepad-tools"), copy: at("copy-all"), copied: at("copied") });
const tones = new Tones(() => at("tones").checked);

// -- before the call

function showNumber() {
  const region = at("region").selectedOptions[0];
  const other = at("dialled").selectedOptions[0];
  const number = other.value ? other.textContent.split(" · ")[0] : region.dataset.shown;
  at("to-dial").textContent = number || "–";
  at("why").textContent = other.value ? other.textContent.split(" · ").slice(1).join(", ") : region.dataset.why;
  at("place").disabled = !(other.value || region.dataset.dialled);
  if (!region.dataset.dialled) at("more").open = true;
}

function wished() {
  const region = at("region").selectedOptions[0];
  return {
    dialled: at("dialled").value || region.dataset.dialled,
    caller_region: region.value,
    caller: at("withheld").checked ? "withheld" : null,
    speed: Number(document.querySelector("[name=speed]:checked").value),
  };
}

async function call() {
  at("call-fault").textContent = "";
  at("place").disabled = at("again").disabled = true;
  tones.wake();
  try {
    begin(await place(phone.dataset.calls, wish));
  } catch (error) {
    at("call-fault").textContent = error.message;
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
  wish = { dialled: placed.dialled, caller_region: placed.caller_region, caller: placed.caller, speed: placed.speed };
  captions.clear();
  hood.clear();
  notepad.clear();
  answeredAt = endedAt = 0;
  keep("");
  historyEnds = isOpened ? null : 0;
  clock = { now: 0, speed: placed.speed, read: performance.now() };
  at("who").textContent = placed.shown;
  at("from").textContent = [`from ${placed.region_name}`, ...(placed.caller === "withheld" ? ["number withheld"] : []), ...(placed.speed === 1 ? [] : [`×${placed.speed}`])].join(", ");
  at("before").hidden = at("ended-why").hidden = at("after").hidden = at("save").hidden = true;
  at("save").href = `${phone.dataset.calls}/${placed.id}/scenario`;
  at("during").hidden = at("live").hidden = false;
  at("title").classList.add("visually-hidden");
  stand("ringing", "Ringing…");
  stopListening("");
  at("who").focus();
  line = new Line(`${phone.dataset.calls}/${placed.id}`, { onEvent, onClock, onTrouble });
}

function onClock({ now, speed, events }) {
  clock = { now, speed, read: performance.now() };
  historyEnds ??= events;
}

function onEvent(event, index) {
  captions.quiet(index < historyEnds - 1);
  captions.show(event);
  hood.show(event);
  if (event.block) notepad.write(event.block);
  REACTIONS[event.kind]?.(event);
}

const REACTIONS = {
  answered: (event) => {
    answeredAt = event.at;
    stand("connected", "Connected");
  },
  listen,
  key: (event) => {
    entered = event.digits.length;
    bar?.cancel();
    hint();
  },
  wait: (event) => {
    const left = event.seconds - Math.max(0, callTime().now - event.at);
    bar = slide(at("hint-bar"), left / event.seconds, 0, left / clock.speed);
  },
  gathered: () => stopListening("Not listening: keys would be lost"),
  dial: () => stopListening("Put through: keys would be lost"),
  say: (event) => event.gather || stopListening("Not listening: keys would be lost"),
  end,
};

function listen(event) {
  listening = event;
  entered = 0;
  hint();
  feed();
}

/** Digits sent at once are meant for a step that asks for digits: no menu takes one of them, and none is lost. */
function feed() {
  if (!pending || !listening || (listening.numDigits === 1 && pending.length > 1)) return;
  const now = pending.slice(0, (listening.numDigits ?? Infinity) - entered);
  line.press(now);
  keep(pending.slice(now.length));
}

function keep(digits) {
  pending = digits;
  at("many-kept").textContent = digits ? "Kept until the line listens for digits." : "";
}

/** What the line listens for. A Gather is a machine's word; a caller wants to know how many keys, and what ends them. */
function hint() {
  const { numDigits, finishOnKey } = listening;
  const many = numDigits === 1 ? "one key" : numDigits ? `up to ${numDigits} keys` : "keys";
  const ends = finishOnKey && numDigits !== 1 ? `, ${finishOnKey} ends` : "";
  at("hint").classList.add("open");
  at("hint-words").textContent = entered && numDigits !== 1 ? `${entered} of ${numDigits ?? "any number"}${ends}` : `Listening: ${many}${ends}`;
}

function stopListening(words) {
  bar?.cancel();
  bar = listening = null;
  at("hint").classList.remove("open");
  at("hint-words").textContent = words;
}

function end(event) {
  endedAt = event.at;
  keep("");
  stand("ended", "Ended");
  at("ended-why").textContent = endedBy(event);
  at("ended-why").hidden = false;
  at("save").hidden = !answeredAt; // of a call that nobody answered there is nothing to write down
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

at("call-form").addEventListener("submit", (event) => {
  event.preventDefault();
  wish = wished();
  call();
});
at("region").addEventListener("change", showNumber);
at("dialled").addEventListener("change", showNumber);
at("again").addEventListener("click", call);
at("hang-up").addEventListener("click", () => line.hangUp());

keypad(at("pad"), {
  isOpen: isLive,
  dialsAnywhere: () => at("keyboard").checked,
  onKey: (key) => {
    tones.wake();
    tones.play(key);
    line.press(key);
  },
});

at("many-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const keys = at("many").value.replace(/[\s.,\-–·/()]/g, "");
  const strange = keys.match(/[^0-9*#]/)?.[0];
  at("many").toggleAttribute("aria-invalid", false);
  at("many-fault").textContent = strange ? `A telephone has no key ${strange}` : "";
  if (strange) at("many").setAttribute("aria-invalid", "true");
  if (strange || !keys) return at("many").focus();
  keep(keys);
  feed();
  at("many").value = "";
});

// Digits pasted anywhere are meant for the line, but are looked at before they go.
document.addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text").trim();
  if (!isLive() || takesText(event.target) || !/^[\d\s*#.\-]+$/.test(text)) return;
  event.preventDefault();
  at("many").value = text;
  at("send-many").focus();
});

for (const id of ["tones", "keyboard"]) {
  at(id).checked = recall(id) !== "off";
  at(id).addEventListener("change", () => remember(id, at(id).checked ? "on" : "off"));
}

function recall(name) {
  try {
    return localStorage.getItem(`phone.${name}`);
  } catch {
    return null; // storage may be forbidden: then nothing is remembered
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(`phone.${name}`, value);
  } catch {
    // as above
  }
}

setInterval(() => isLive() && tick(), 250);
showNumber();
at("without-script").remove();
phone.hidden = false;
const placed = JSON.parse(phone.dataset.call);
if (placed) begin(placed, true);
