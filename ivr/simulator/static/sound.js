// The call aloud: what the line says is heard at its place on the call's clock. Captions never wait for it, and nothing
// is missing without it. Silent until `wake` was called: browsers let a page sound only after a click or a key.

import { recall, remember, remembered } from "./memory.js";

// Seconds from a caption to its first sound: time to fetch it. The same for all, so that the next begins when one ends.
const AFTER = 0.12;
const TOO_LATE = 0.5; // then the beginning is left out; what is less late is heard whole, after what it follows
const FADE = 0.01; // no click where a key cuts a word

export class Sound {
  #address;
  #switch;
  #volume;
  #told;
  #clock;
  #speed; // of the call that is shown
  #context;
  #loudness;
  #until = 0; // on the clock of the sounds: when the last of them is over
  #said = null; // what was said last, until it is cut short
  #playing = new Map(); // sources that are heard or will be, each with its fader

  constructor({ box, aloud, volume, told }, clock, speed) {
    this.#address = box.dataset.audio;
    this.#switch = aloud;
    this.#volume = volume;
    this.#told = told;
    this.#clock = clock;
    this.#speed = speed;
    remembered(aloud);
    volume.value = recall("volume") ?? volume.value;
    volume.addEventListener("change", () => remember("volume", volume.value));
    for (const control of [aloud, volume]) control.addEventListener("input", () => this.#adjust());
    // Whoever reloads in mid-call has clicked nothing yet.
    for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, () => this.#said && this.wake());
  }

  /** From a click or a key. */
  wake() {
    if (this.#isAwake() || !("AudioContext" in window)) return;
    if (!this.#context) {
      this.#context = new AudioContext();
      this.#loudness = new GainNode(this.#context);
      this.#loudness.connect(this.#context.destination);
      this.#adjust();
    }
    this.#context.resume().then(() => this.#play(this.#said));
  }

  clear() {
    this.#cut();
    this.#tell("");
  }

  show(event) {
    if (event.kind === "say") this.#play((this.#said = event));
    else if (event.kind === "key" || event.kind === "end") this.#cut();
  }

  async #play(said) {
    if (!said) return;
    if (this.#speed() !== 1) return this.#tell("At this speed the call is silent. It is heard at ×1.");
    if (this.#late(said) >= said.seconds) return;
    const why = this.#silence(said);
    this.#tell(why);
    if (why) return;
    const sound = await this.#fetched(said.audio);
    if (!sound || said !== this.#said) return; // it was cut short meanwhile
    const source = new AudioBufferSourceNode(this.#context, { buffer: sound });
    const fader = new GainNode(this.#context);
    source.connect(fader).connect(this.#loudness);
    this.#playing.set(source, fader);
    source.addEventListener("ended", () => this.#playing.delete(source));
    const late = this.#late(said);
    const from = late > TOO_LATE ? late : 0;
    const at = Math.max(this.#context.currentTime + Math.max(0, -late), this.#until);
    source.start(at, from);
    this.#until = at + sound.duration - from;
  }

  /** Why it is not heard, in words; '' if it is. */
  #silence(said) {
    if (!said.audio) return "No voice is ready for this: captions only.";
    if (!("AudioContext" in window)) return "This browser plays no sound: captions only.";
    return this.#isAwake() ? "" : "To hear the call, click anywhere or press a key.";
  }

  /** Seconds since it should have begun; less than 0: until then. */
  #late(said) {
    return this.#clock().now - said.at - AFTER;
  }

  async #fetched(key) {
    const answer = await fetch(this.#address.replace("KEY", key)).catch(() => null);
    if (answer?.ok) return this.#context.decodeAudioData(await answer.arrayBuffer());
    this.#tell("The sound is no longer kept: captions only.");
    return null;
  }

  #cut() {
    this.#said = null;
    this.#until = 0;
    for (const [source, fader] of this.#playing) {
      fader.gain.setTargetAtTime(0, 0, FADE / 3);
      source.stop(this.#context.currentTime + FADE);
    }
  }

  #isAwake() {
    return this.#context?.state === "running";
  }

  #adjust() {
    if (this.#loudness) this.#loudness.gain.value = this.#switch.checked ? this.#volume.value / 100 : 0;
  }

  #tell(words) {
    if (this.#told.textContent !== words) this.#told.textContent = words;
  }
}
