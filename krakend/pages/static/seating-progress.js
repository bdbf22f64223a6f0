// How far a change of a class's seats has come: thousands of those who wait get theirs after the reply, some at a time.

import { element, setText, show } from "./dom.js";
import { say } from "./language.js";
import { tell } from "./toasts.js";

/** How many of those in line get a seat, or are offered one, when a class has so many seats. */
export const seatedWith = (seats, { CurrentEnrollment: enrolled, open_offers: offered, in_turn: waiting }) =>
  Math.min(waiting, Math.max(0, seats - enrolled - offered));

export class SeatingProgress {
  #taken = null; // how many seats were taken or held when nobody was being seated

  constructor() {
    this.node = element("p", { className: "hint", hidden: true });
    this.node.setAttribute("role", "status");
  }

  forget() {
    this.#taken = null;
    show(this.node, false);
  }

  /** A seat is free while somebody is in turn for it: only while a change goes on. */
  update(facts) {
    const taken = facts.CurrentEnrollment + facts.open_offers;
    const left = seatedWith(facts.MaxCapacity, facts);
    this.#taken ??= taken;
    const done = Math.max(0, taken - this.#taken);
    const text = say.roster.seating(facts, done, done + left);
    if (left) setText(this.node, text);
    else {
      if (!this.node.hidden) tell(text, "good");
      this.#taken = taken;
    }
    show(this.node, left > 0);
  }
}
