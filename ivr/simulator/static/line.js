// The wire to the server: places a call, brings its events in order, sends keys in order. Knows no page.

/** Places a call; throws an Error in plain words where that is refused. */
export async function place(address, wish) {
  return (await post(address, wish)).json();
}

/**
 * A call that was placed. `onEvent(event, index)` gets each event once, however often the browser reconnects;
 * `onClock({now, speed, events})` tells the time of the call, and how many events are history;
 * `onTrouble(words)` what is wrong with the connection, '' when it is well again.
 */
export class Line {
  #address;
  #listener;
  #waiting = "";
  #sending = false;
  #source;
  #next = 0; // the event that is still to come
  #again;

  constructor(address, call, listener) {
    this.call = call; // by which the server knows it
    this.#address = address;
    this.#listener = listener;
    this.#open();
  }

  /** The server ends a stream every few seconds, and the browser takes it up again at once: that is no trouble. */
  #open() {
    const { onEvent, onClock, onTrouble } = this.#listener;
    const source = (this.#source = new EventSource(`${this.#address}/events?from=${this.#next}`));
    let isWell = true;
    source.addEventListener("clock", (message) => {
      isWell = true;
      onTrouble("");
      onClock(JSON.parse(message.data));
    });
    source.addEventListener("message", (message) => {
      const event = JSON.parse(message.data);
      this.#next = Number(message.lastEventId) + 1;
      if (event.kind === "end") this.close();
      onEvent(event, this.#next - 1);
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) return onTrouble("The server no longer knows this call.");
      if (isWell) return (isWell = false);
      source.close(); // the browser would ask twenty times a second
      onTrouble("No connection. Trying again…");
      this.#again = setTimeout(() => this.#open(), 1500);
    });
  }

  /** Keys pressed while others are on their way go together, so that none overtakes another. */
  async press(keys) {
    this.#waiting += keys;
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#waiting) {
        const now = this.#waiting;
        this.#waiting = "";
        await post(`${this.#address}/keys`, { keys: now });
      }
    } catch (error) {
      this.#listener.onTrouble(error.message);
    } finally {
      this.#sending = false;
    }
  }

  /** A webhook of this call as a curl command; throws an Error in plain words. */
  async command(token) {
    return (await answered(fetch(`${this.#address}/curl/${token}`))).text();
  }

  async hangUp() {
    try {
      await post(`${this.#address}/hangup`, {});
    } catch (error) {
      this.#listener.onTrouble(error.message);
    }
  }

  close() {
    clearTimeout(this.#again);
    this.#source.close();
  }
}

async function post(address, body) {
  const headers = { "Content-Type": "application/json" };
  return answered(fetch(address, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function answered(asked) {
  const answer = await asked.catch(() => {
    throw new Error("No connection to the server. Is it still running?");
  });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new Error(problem.detail || `The server answered ${answer.status}.`);
}
