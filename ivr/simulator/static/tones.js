// What a key sounds like: two sines (ITU-T Q.23), quiet and short. Silent until `wake` was called from a click.

const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477];
const PLACES = "123456789*0#";
const SECONDS = 0.12;
const LOUDNESS = 0.04;

export class Tones {
  #context;

  constructor(isOn) {
    this.isOn = isOn;
  }

  /** Browsers let a page sound only after somebody has clicked. */
  wake() {
    if (!this.#context && "AudioContext" in window) this.#context = new AudioContext();
    this.#context?.resume();
  }

  play(key) {
    const context = this.#context;
    if (!context || context.state !== "running" || !this.isOn()) return;
    const place = PLACES.indexOf(key);
    const loudness = context.createGain();
    const from = context.currentTime;
    loudness.gain.setValueAtTime(0, from);
    loudness.gain.linearRampToValueAtTime(LOUDNESS, from + 0.008); // no click at either end
    loudness.gain.setValueAtTime(LOUDNESS, from + SECONDS - 0.02);
    loudness.gain.linearRampToValueAtTime(0, from + SECONDS);
    loudness.connect(context.destination);
    for (const frequency of [ROWS[Math.floor(place / 3)], COLUMNS[place % 3]]) {
      const sine = context.createOscillator();
      sine.frequency.value = frequency;
      sine.connect(loudness);
      sine.start(from);
      sine.stop(from + SECONDS);
    }
  }
}
