// The classes with room, found by a few letters.

import { makeBars } from "./bars.js";
import { button, byId, element, keyed, setText, show } from "./dom.js";
import { title } from "./words.js";

const PAGE = 30;

export class OpenClasses {
  #classes = [];
  #most = PAGE;

  /** `enroll(facts)` takes a seat or a place in line. */
  constructor(enroll) {
    this.renderCards = keyed((facts) => makeCard(facts, enroll), (facts) => facts.ClassID);
    byId("filter").addEventListener("input", () => {
      this.#most = PAGE;
      this.#render();
    });
    byId("open-more").addEventListener("click", () => {
      this.#most += PAGE;
      this.#render();
    });
  }

  render(classes) {
    this.#classes = classes;
    this.#render();
  }

  #render() {
    const wanted = byId("filter").value.trim().toLowerCase();
    const found = this.#classes.filter((facts) => `${title(facts)} ${facts.Department}`.toLowerCase().includes(wanted));
    this.renderCards(byId("open"), found.slice(0, this.#most));
    show(byId("open-more"), found.length > this.#most);
    show(byId("open-none"), found.length === 0);
    const none = wanted ? `No class with “${wanted}” has room.` : "No class has room at this moment.";
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
  const node = element("li", { className: "card" }, what, bars.node, act);
  return {
    node,
    update(fresh) {
      current = fresh;
      const free = fresh.CurrentEnrollment < fresh.MaxCapacity;
      bars.update(fresh);
      setText(heading, title(fresh));
      setText(place, `${fresh.Department}, section ${fresh.SectionNumber}, class ${fresh.ClassID}`);
      setText(act, free ? "Enroll" : "Wait in line");
      act.setAttribute("aria-label", `${free ? "Enroll in" : "Wait in line for"} ${title(fresh)}`);
      act.classList.toggle("waiting", !free);
    },
  };
}
