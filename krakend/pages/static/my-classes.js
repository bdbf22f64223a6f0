// My classes: seats I have, lines I wait in and where.

import { makeBars, makeDots } from "./bars.js";
import { button, byId, element, keyed, setText, show } from "./dom.js";
import { say } from "./language.js";
import { moment, title } from "./words.js";

export class MyClasses {
  /** `acts`: drop, leave, notices, pause, resume, accept, decline, swap, swapHere and why, each of the facts of a class. */
  constructor(acts) {
    this.renderCards = keyed((facts) => makeCard(facts, acts), (facts) => facts.ClassID);
    this.renderRows = keyed((facts) => makeDropped(facts, acts), (facts) => facts.ClassID);
  }

  /** `classes` with their EnrollmentState, if they `areKnown`; `places`, `subscribed`, titles and sections' names by class id, instructors' by theirs. */
  render(classes, areKnown, { places, subscribed, titleOf, sectionOf, nameOf }) {
    const items = classes.map((facts) => ({
      ...facts,
      instructor: nameOf(facts.InstructorID),
      swapFromTitle: titleOf(facts.swap_from),
      skippedForName: sectionOf(facts.skipped_for),
      place: places.get(facts.ClassID),
      subscribed: subscribed.has(facts.ClassID),
    }));
    this.renderCards(byId("mine"), items);
    show(byId("mine-none"), areKnown && items.length === 0);
  }

  renderDropped(classes) {
    this.renderRows(byId("dropped"), classes);
    setText(byId("dropped-count"), say.mine.droppedOnes(classes.length));
    show(byId("dropped-part"), classes.length > 0);
  }
}

export const waits = (facts) => facts.EnrollmentState === "WAITLISTED";

function makeCard(facts, acts) {
  let current = facts;
  const bars = makeBars();
  const dots = makeDots();
  const heading = element("h3", { tabIndex: -1, id: `mine-${facts.ClassID}` });
  const hint = element("p", { className: "hint" });
  const state = element("p", { className: "state" });
  const standing = element("div", { className: "standing" }, state, dots.node);
  const notices = button("", "quiet", () => acts.notices(current));
  const giveUp = button("", "quiet", () => (waits(current) ? acts.leave(current) : acts.drop(current)));
  const accept = button(say.mine.accept, "main", () => acts.accept(current));
  const decline = button(say.mine.decline, "quiet", () => acts.decline(current));
  const pause = button("", "quiet", () => (isPaused(current) ? acts.resume(current) : acts.pause(current)));
  const swap = button(say.mine.swapIt, "quiet", () => acts.swap(current));
  const swapHere = button(say.mine.swapHere, "main", () => acts.swapHere(current));
  const why = button(say.mine.why, "quiet", () => acts.why(current));
  const what = element("div", { className: "what" }, heading, hint);
  const buttons = element("div", { className: "acts" }, accept, decline, notices, why, swap, pause, giveUp, swapHere);
  const node = element("li", { className: "card own" }, what, standing, bars.node, buttons);
  return {
    node,
    update(fresh) {
      current = fresh;
      setText(heading, title(fresh));
      node.classList.toggle("waits", waits(fresh));
      setText(hint, say.student.hint(fresh, fresh.instructor));
      setText(state, waits(fresh) ? inLine(fresh) : say.mine.enrolled);
      const isOffered = Boolean(offeredUntil(fresh));
      show(accept, isOffered);
      show(decline, isOffered);
      show(giveUp, !isOffered);
      show(pause, waits(fresh) && !isOffered && !isSkipped(fresh));
      show(swapHere, isSkipped(fresh));
      show(swap, !waits(fresh));
      setText(pause, isPaused(fresh) ? say.mine.resume : say.mine.pause);
      accept.setAttribute("aria-label", say.mine.acceptLabel(title(fresh)));
      decline.setAttribute("aria-label", say.mine.declineLabel(title(fresh)));
      swap.setAttribute("aria-label", say.mine.swapLabel(title(fresh)));
      if (isSkipped(fresh)) {
        swapHere.setAttribute("aria-label", say.mine.swapHereLabel(fresh.skippedForName, say.names.section(fresh)));
      }
      pause.setAttribute("aria-label", `${pause.textContent}, ${title(fresh)}`);
      why.setAttribute("aria-label", say.mine.whyLabel(title(fresh)));
      show(dots.node, waits(fresh) && Boolean(fresh.place));
      if (waits(fresh) && fresh.place) dots.update(fresh.place);
      bars.update(fresh);
      setText(notices, fresh.subscribed ? say.mine.noticesOn : say.mine.noticesOff);
      notices.setAttribute("aria-label", `${notices.textContent}, ${title(fresh)}`);
      setText(giveUp, waits(fresh) ? say.mine.leave : say.mine.drop);
      giveUp.setAttribute("aria-label", (waits(fresh) ? say.mine.leaveLabel : say.mine.dropLabel)(title(fresh)));
    },
  };
}

function makeDropped(facts, acts) {
  let current = facts;
  const name = element("span");
  const why = button(say.mine.why, "link", () => acts.why(current));
  return {
    node: element("li", {}, name, " ", why),
    update(fresh) {
      current = fresh;
      setText(name, say.names.section(fresh));
      why.setAttribute("aria-label", say.mine.whyLabel(say.names.section(fresh)));
    },
  };
}

const isPaused = (facts) => (facts.place ? Boolean(facts.place.paused) : Boolean(facts.paused));

const isSkipped = (facts) => waits(facts) && isPaused(facts) && Boolean(facts.skipped_for);

const offeredUntil = (facts) => (waits(facts) ? (facts.place ? facts.place.offered_until : facts.offered_until) : null);

function inLine(facts) {
  const place = facts.place;
  if (offeredUntil(facts)) return say.mine.held(moment(offeredUntil(facts)));
  const where = place ? say.mine.position(place.position, place.length, moment(place.since)) : say.mine.inLine;
  const paused = isSkipped(facts) ? say.mine.skipped(facts.skippedForName) : isPaused(facts) ? say.mine.paused : null;
  const swap = facts.swap_from ? say.mine.swap(facts.swapFromTitle) : null;
  return [where, paused, swap].filter(Boolean).join("; ");
}
