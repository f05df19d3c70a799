// The blocks read aloud, one after the other, when asked for: by the server's voice where the page names one, else by
// the browser's own of that language. Where there is neither, the buttons stay hidden. The block that is being
// read is lit; a pause ends it there, and reading goes on with the same block.

const GAP = 1500; // milliseconds between two blocks, to type one

export class ReadAloud {
  #blocks;
  #button;
  #back;
  #words;
  #speak; // (block, signal) → a promise that is kept when the block was read
  #at = 0;
  #reading = null; // an AbortController while a block is read

  constructor(list, button, back) {
    [this.#blocks, this.#button, this.#back] = [[...list.children], button, back];
    this.#words = { read: button.textContent, pause: button.dataset.pause, goOn: button.dataset.goOn };
    button.addEventListener("click", () => (this.#reading ? this.#pause() : this.#read()));
    back.addEventListener("click", () => this.#oneBack());
    addEventListener("pagehide", () => this.#pause());
    if (list.dataset.aloud) this.#offer(byServer(list.dataset.aloud));
    else this.#awaitVoice();
  }

  /** Voices come late: some browsers load them after the page. */
  #awaitVoice() {
    const synthesis = window.speechSynthesis;
    if (!synthesis) return;
    const look = () => {
      const voice = synthesis.getVoices().find((each) => sameLanguage(each.lang, document.documentElement.lang));
      if (voice && !this.#speak) this.#offer(byVoice(synthesis, voice));
    };
    look();
    synthesis.addEventListener?.("voiceschanged", look);
  }

  #offer(speak) {
    this.#speak = speak;
    this.#button.hidden = false;
  }

  async #read() {
    while (this.#at < this.#blocks.length) {
      const { signal } = (this.#reading = new AbortController());
      this.#light(this.#blocks[this.#at]);
      this.#show();
      try {
        await this.#speak(this.#blocks[this.#at], signal);
        await rest(GAP, signal);
      } catch {
        if (!signal.aborted) this.#pause(); // a sound that does not come: the digits are on the page
        return;
      }
      this.#at += 1;
    }
    this.#at = 0;
    this.#reading = null;
    this.#light(null);
    this.#show();
  }

  #pause() {
    this.#reading?.abort();
    this.#reading = null;
    this.#show();
  }

  #oneBack() {
    this.#reading?.abort();
    this.#at = Math.max(0, this.#at - 1);
    this.#read();
  }

  #light(lit) {
    for (const block of this.#blocks) block.toggleAttribute("aria-current", block === lit);
    lit?.setAttribute("aria-current", "true");
    lit?.scrollIntoView({ block: "nearest" });
  }

  #show() {
    const isBegun = this.#blocks.some((block) => block.hasAttribute("aria-current"));
    this.#button.textContent = this.#reading ? this.#words.pause : isBegun ? this.#words.goOn : this.#words.read;
    this.#back.hidden = !this.#reading && !isBegun;
  }
}

const sameLanguage = (one, other) => one.split(/[-_]/)[0].toLowerCase() === other.split("-")[0].toLowerCase();

function rest(milliseconds, signal) {
  return new Promise((kept, broken) => {
    const timer = setTimeout(kept, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), broken(signal.reason)), { once: true });
  });
}

const digitsOf = (block) => block.querySelector(".block").textContent;

/** It says each block twice, as in a call. */
const byServer = (asked) => async (block, signal) => {
  const place = [...block.parentElement.children].indexOf(block) + 1;
  const body = new URLSearchParams({ place, digits: digitsOf(block).replace(" ", "") });
  const answer = await fetch(asked, { method: "POST", body, signal });
  if (!answer.ok) throw new Error(answer.statusText);
  const sound = new Audio((await answer.json()).address);
  return new Promise((kept, broken) => {
    sound.addEventListener("ended", kept);
    sound.addEventListener("error", broken);
    signal.addEventListener("abort", () => (sound.pause(), broken(signal.reason)), { once: true });
    sound.play().catch(broken);
  });
};

/** The name, then digit by digit, three and four: a voice would read "123" as a number. */
const byVoice = (synthesis, voice) => (block, signal) => {
  const digits = digitsOf(block).split(" ").map((part) => [...part].join(" "));
  const words = new SpeechSynthesisUtterance(`${block.querySelector(".block-name").firstChild.textContent}. ${digits.join(", ")}.`);
  [words.voice, words.lang, words.rate] = [voice, voice.lang, 0.8];
  return new Promise((kept, broken) => {
    words.addEventListener("end", () => (signal.aborted ? broken(signal.reason) : kept()));
    words.addEventListener("error", broken);
    signal.addEventListener("abort", () => (synthesis.cancel(), broken(signal.reason)), { once: true });
    synthesis.speak(words);
  });
};
