// My classes: seats I have, lines I wait in and where.

import { makeBars, makeDots } from "./bars.js";
import { button, byId, element, keyed, setText, show } from "./dom.js";
import { moment, ordinal, title } from "./words.js";

export class MyClasses {
  /** `acts`: drop, leave, notices, pause, resume, accept, decline, swap and why, each of the facts of a class. */
  constructor(acts) {
    this.renderCards = keyed((facts) => makeCard(facts, acts), (facts) => facts.ClassID);
  }

  /** `classes` with their EnrollmentState; `places` and `subscribed` by class id. */
  render(classes, places, subscribed) {
    const items = classes.map((facts) => ({
      ...facts,
      place: places.get(facts.ClassID),
      subscribed: subscribed.has(facts.ClassID),
    }));
    this.renderCards(byId("mine"), items);
    show(byId("mine-none"), items.length === 0);
  }
}

export const waits = (facts) => facts.EnrollmentState === "WAITLISTED";

function makeCard(facts, acts) {
  let current = facts;
  const bars = makeBars();
  const dots = makeDots();
  const heading = element("h3", { tabIndex: -1, textContent: title(facts), id: `mine-${facts.ClassID}` });
  const hint = element("p", { className: "hint" });
  const state = element("p", { className: "state" });
  const standing = element("div", { className: "standing" }, state, dots.node);
  const notices = button("", "quiet", () => acts.notices(current));
  const giveUp = button("", "quiet", () => (waits(current) ? acts.leave(current) : acts.drop(current)));
  const accept = button("Accept", "main", () => acts.accept(current));
  const decline = button("Decline", "quiet", () => acts.decline(current));
  const pause = button("", "quiet", () => (isPaused(current) ? acts.resume(current) : acts.pause(current)));
  const swap = button("Swap", "quiet", () => acts.swap(current));
  const why = button("Why?", "quiet", () => acts.why(current));
  const what = element("div", { className: "what" }, heading, hint);
  const buttons = element("div", { className: "acts" }, accept, decline, notices, why, swap, pause, giveUp);
  const node = element("li", { className: "card own" }, what, standing, bars.node, buttons);
  return {
    node,
    update(fresh) {
      current = fresh;
      node.classList.toggle("waits", waits(fresh));
      setText(hint, `${fresh.Department}, section ${fresh.SectionNumber}, class ${fresh.ClassID}`);
      setText(state, waits(fresh) ? inLine(fresh) : "Enrolled");
      const isOffered = Boolean(offeredUntil(fresh));
      show(accept, isOffered);
      show(decline, isOffered);
      show(giveUp, !isOffered);
      show(pause, waits(fresh) && !isOffered);
      show(swap, !waits(fresh));
      setText(pause, isPaused(fresh) ? "End the pause" : "Pause");
      for (const [control, what] of [[accept, "Accept the seat in"], [decline, "Decline the seat in"], [swap, "Swap"]]) {
        control.setAttribute("aria-label", `${what} ${title(fresh)}`);
      }
      pause.setAttribute("aria-label", `${pause.textContent}, ${title(fresh)}`);
      why.setAttribute("aria-label", `Why? What happened in ${title(fresh)}`);
      show(dots.node, waits(fresh) && Boolean(fresh.place));
      if (waits(fresh) && fresh.place) dots.update(fresh.place);
      bars.update(fresh);
      setText(notices, fresh.subscribed ? "Notices: on" : "Notices: off");
      notices.setAttribute("aria-label", `${notices.textContent}, ${title(fresh)}`);
      setText(giveUp, waits(fresh) ? "Leave the line" : "Drop");
      giveUp.setAttribute("aria-label", waits(fresh) ? `Leave the line for ${title(fresh)}` : `Drop ${title(fresh)}`);
    },
  };
}

const isPaused = (facts) => (facts.place ? Boolean(facts.place.paused) : Boolean(facts.paused));

const offeredUntil = (facts) => (waits(facts) ? (facts.place ? facts.place.offered_until : facts.offered_until) : null);

function inLine(facts) {
  const place = facts.place;
  if (offeredUntil(facts)) return `A seat is held for you until ${moment(offeredUntil(facts))}`;
  const where = place ? `${ordinal(place.position)} of ${place.length}, since ${moment(place.since)}` : "Waiting in line";
  const paused = isPaused(facts) ? "; paused: seats go to those behind you" : "";
  const swap = facts.swap_from ? `; you give up class ${facts.swap_from} for it` : "";
  return where + paused + swap;
}
