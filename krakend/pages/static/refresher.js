// Does something again and again: slower while nobody looks, and slower still while it fails.

const HIDDEN_FACTOR = 10;
const LONGEST_MS = 60_000;

export class Refresher {
  #timer = null;
  #running = false;
  #again = false;
  #failures = 0;
  #active = false;

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
      this.#failures = 0;
      if (this.#active) this.report(null);
    } catch (error) {
      this.#failures += 1;
      // Everybody's page fails at the same moment; they must not all come back at the same moment.
      const backoffMs = Math.min(pauseMs * 2 ** this.#failures, LONGEST_MS) * (0.75 + Math.random() / 2);
      pauseMs = Math.max(backoffMs, error.retryAfterMs ?? 0);
      if (this.#active) this.report(error);
    } finally {
      this.#running = false;
    }
    if (!this.#active) return;
    this.#timer = setTimeout(() => this.#run(), this.#again ? 0 : pauseMs);
    this.#again = false;
  }
}
