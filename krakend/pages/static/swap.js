// Choosing the class for which a seat is given up, both or nothing.

import { byId, element, keyed, setText, show } from "./dom.js";
import { say } from "./language.js";
import { title } from "./words.js";

const MOST_FOUND = 8;
const TYPING_PAUSE_MS = 250;

export class SwapDialog {
  #from = null;
  #typing = null;
  #asked = 0;

  /** `swap(from, to)` is called with the facts of both classes once one is chosen. */
  constructor(gateway, swap) {
    this.gateway = gateway;
    this.swap = swap;
    this.renderFound = keyed((facts) => this.#makeChoice(facts), (facts) => facts.ClassID);
    byId("swap-find").addEventListener("input", () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#find(), TYPING_PAUSE_MS);
    });
    byId("swap-close").addEventListener("click", () => byId("swap").close());
  }

  open(from) {
    this.#from = from;
    setText(byId("swap-title"), say.swap.title(title(from)));
    byId("swap-find").value = "";
    this.renderFound(byId("swap-found"), []);
    show(byId("swap-none"), false);
    byId("swap").showModal();
    byId("swap-find").focus();
    this.#find();
  }

  async #find() {
    const asked = (this.#asked += 1);
    const query = new URLSearchParams({ limit: MOST_FOUND + 1 });
    const wanted = byId("swap-find").value.trim();
    if (wanted) query.set("q", wanted);
    setText(byId("swap-problem"), "");
    try {
      const { Classes } = await this.gateway.ask("GET", `/student/list?${query}`);
      if (asked !== this.#asked) return;
      const found = Classes.filter((facts) => facts.ClassID !== this.#from.ClassID).slice(0, MOST_FOUND);
      this.renderFound(byId("swap-found"), found);
      show(byId("swap-none"), found.length === 0);
    } catch (error) {
      if (asked === this.#asked) setText(byId("swap-problem"), error.message);
    }
  }

  #makeChoice(facts) {
    const choice = element("button", { type: "button", className: "quiet" });
    choice.addEventListener("click", () => {
      byId("swap").close();
      this.swap(this.#from, facts);
    });
    return {
      node: element("li", {}, choice),
      update(fresh) {
        const free = fresh.CurrentEnrollment < fresh.MaxCapacity;
        const now = free ? say.swap.free : say.swap.full(fresh.CurrentWaitlist);
        setText(choice, say.swap.choice(fresh, now));
      },
    };
  }
}
