// Seats and line of a class, in words and as bars; the words alone say everything.

import { element, setText, show } from "./dom.js";
import { say } from "./language.js";

const MOST_BLOCKS = 40; // up to so many seats each is a block of its own
const MOST_DOTS = 12;

/** {node, update(facts)}; the same for every class. */
export function makeBars() {
  const seats = makeBar("bar seats");
  const line = makeBar("bar line");
  const node = element("div", { className: "bars" }, seats.node, line.node);
  return {
    node,
    update(facts) {
      const { MaxCapacity: most, CurrentEnrollment: taken, WaitlistMaximum: places, CurrentWaitlist: waiting } = facts;
      seats.update(taken, most, say.bars.seats(taken, most, Math.max(0, most - taken)));
      line.update(waiting, places, say.bars.line(waiting, places));
      show(line.bar, waiting > 0);
    },
  };
}

function makeBar(className) {
  const filled = element("i");
  const blocks = element("b");
  const bar = element("span", { className }, filled, blocks);
  bar.setAttribute("aria-hidden", "true");
  const words = element("span", { className: "words" });
  return {
    bar,
    node: element("div", { className: "measure" }, words, bar),
    update(taken, most, text) {
      filled.style.setProperty("--share", most ? Math.min(1, taken / most) : 0);
      blocks.style.setProperty("--blocks", most);
      show(blocks, most > 1 && most <= MOST_BLOCKS);
      setText(words, text);
    },
  };
}

/** The line as dots, mine among them; long ones are cut around mine. */
export function makeDots() {
  const node = element("div", { className: "queue" });
  node.setAttribute("aria-hidden", "true");
  return {
    node,
    update({ position, length }) {
      const first = Math.max(1, Math.min(position - 4, length - MOST_DOTS + 1));
      const last = Math.min(length, first + MOST_DOTS - 1);
      const dots = [];
      if (first > 1) dots.push(element("span", { textContent: "…" }));
      for (let place = first; place <= last; place += 1) {
        dots.push(element("i", { className: place === position ? "me" : "" }));
      }
      if (last < length) dots.push(element("span", { textContent: "…" }));
      node.replaceChildren(...dots);
    },
  };
}
