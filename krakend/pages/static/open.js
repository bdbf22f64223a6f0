// The classes with room, found by a few letters: the service searches and pages, so ten thousand are no burden here.

import { makeBars } from "./bars.js";
import { button, byId, element, keyed, setText, show } from "./dom.js";
import { say } from "./language.js";
import { title } from "./words.js";

const PAGE = 30;
const TYPING_PAUSE_MS = 250;

export class OpenClasses {
  #most = PAGE;
  #typing = null;

  /** `enroll(facts)` takes a seat or a place in line; `changed()` is called when other classes are wanted. */
  constructor(enroll, changed) {
    this.renderCards = keyed((facts) => makeCard(facts, enroll), (facts) => facts.ClassID);
    byId("filter").addEventListener("input", () => {
      this.#most = PAGE;
      clearTimeout(this.#typing);
      this.#typing = setTimeout(changed, TYPING_PAUSE_MS);
    });
    byId("open-full").addEventListener("change", changed);
    byId("open-more").addEventListener("click", () => {
      this.#most += PAGE;
      changed();
    });
  }

  /** What to ask for. */
  get path() {
    const asked = new URLSearchParams({ limit: this.#most });
    const wanted = byId("filter").value.trim();
    if (wanted) asked.set("q", wanted);
    if (byId("open-full").checked) asked.set("full", "true");
    return `/student/list?${asked}`;
  }

  forget() {
    this.#most = PAGE;
    clearTimeout(this.#typing);
    byId("filter").value = "";
    byId("open-full").checked = false;
  }

  /** `listed`: how many the service found, of which `classes` are those that are not mine. `nameOf(id)` is an instructor's. */
  render(classes, listed, areKnown, nameOf) {
    const wanted = byId("filter").value.trim();
    this.renderCards(byId("open"), classes.map((facts) => ({ ...facts, instructor: nameOf(facts.InstructorID) })));
    show(byId("open-more"), listed >= this.#most);
    show(byId("open-none"), areKnown && classes.length === 0);
    const none = wanted ? say.student.noneFits(wanted) : say.student.noneOpen;
    setText(byId("open-none"), none);
  }
}

function makeCard(facts, enroll) {
  let current = facts;
  const bars = makeBars();
  const heading = element("h3", { id: `open-${facts.ClassID}`, textContent: title(facts) });
  const place = element("p", { className: "hint" });
  const act = button("", "main", () => enroll(current));
  const what = element("div", { className: "what" }, heading, place);
  const none = element("p", { className: "hint", textContent: say.student.noRoom, hidden: true });
  const node = element("li", { className: "card" }, what, bars.node, act, none);
  return {
    node,
    update(fresh) {
      current = fresh;
      const free = fresh.CurrentEnrollment < fresh.MaxCapacity;
      const room = free || fresh.CurrentWaitlist < fresh.WaitlistMaximum;
      bars.update(fresh);
      node.classList.toggle("full", !room);
      show(act, room);
      show(none, !room);
      setText(heading, title(fresh));
      setText(place, say.student.hint(fresh, fresh.instructor));
      setText(act, free ? say.student.enroll : say.student.wait);
      act.setAttribute("aria-label", (free ? say.student.enrollLabel : say.student.waitLabel)(title(fresh)));
      act.classList.toggle("waiting", !free);
    },
  };
}
