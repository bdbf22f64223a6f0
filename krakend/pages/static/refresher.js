// Does something again and again: slower while nobody looks, and slower still while it fails.

const HIDDEN_FACTOR = 10;
const LONGEST_MS = 8_000; // between two tries while something fails and somebody looks

const failing = new Set();

export class Refresher {
  #timer = null;
  #running = false;
  #again = false;
  #failures = 0;
  #active = false;
  #notBefore = 0; // what the server asked for by Retry-After

  /** `report` gets null after a success, and the error after a failure. */
  constructor(work, everyMs, report) {
    this.work = work;
    this.everyMs = everyMs;
    this.report = report;
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.#active && !this.#failures) this.soon();
    });
  }

  start() {
    this.#active = true;
    this.soon();
  }

  stop() {
    this.#active = false;
    this.#failures = 0;
    this.#notBefore = 0;
    failing.delete(this);
    clearTimeout(this.#timer);
    this.report(null);
  }

  /** At once, or as soon as what is under way has ended. */
  soon() {
    if (!this.#active) return;
    this.#again = this.#running;
    if (!this.#running) this.#run();
  }

  async #run() {
    clearTimeout(this.#timer);
    this.#running = true;
    let pauseMs = this.everyMs * (document.hidden ? HIDDEN_FACTOR : 1);
    try {
      await this.work();
      if (this.#active) this.#succeeded();
    } catch (error) {
      pauseMs = this.#failed(error, pauseMs);
    } finally {
      this.#running = false;
    }
    if (!this.#active) return;
    this.#timer = setTimeout(() => this.#run(), this.#again ? 0 : pauseMs);
    this.#again = false;
  }

  #succeeded() {
    const recovered = this.#failures > 0;
    this.#failures = 0;
    this.#notBefore = 0;
    failing.delete(this);
    this.report(null);
    if (recovered) for (const other of failing) other.#hasten();
  }

  /** How long to wait. */
  #failed(error, pauseMs) {
    if (!this.#active) return pauseMs;
    this.#failures += 1;
    failing.add(this);
    this.report(error);
    const longestMs = Math.max(LONGEST_MS, pauseMs);
    // Everybody's page fails at the same moment; they must not all come back at the same moment.
    const backoffMs = Math.min(pauseMs * 2 ** this.#failures, longestMs) * (0.75 + Math.random() / 2);
    const askedForMs = error.retryAfterMs ?? 0;
    this.#notBefore = Date.now() + askedForMs;
    return Math.max(backoffMs, askedForMs);
  }

  /** Another part works again: try now, whatever pause there was, but never before the server's own word. */
  #hasten() {
    if (this.#running) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#run(), Math.max(0, this.#notBefore - Date.now()));
  }
}
