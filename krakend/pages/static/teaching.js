// For instructors: the classes they teach, live, and one of them.

import { makeBars } from "./bars.js";
import { byId, element, keyed, setText, show } from "./dom.js";
import { say } from "./language.js";
import { trouble } from "./toasts.js";
import { linkTo, place, watchPlace } from "./place.js";
import { Refresher } from "./refresher.js";
import { ClassView } from "./roster.js";

const EVERY_MS = 3_000;
const SEARCHED_FROM = 8; // so many classes are found by looking
const TYPING_PAUSE_MS = 250;

export class TeachingDesk {
  #unwatch = () => {};
  #typing = null;

  constructor(gateway) {
    this.gateway = gateway;
    this.refresher = new Refresher(() => this.#load(), EVERY_MS, (error) => this.#report(error));
    this.view = new ClassView(gateway, "instructor", { key: "taught", back: { to: {}, text: say.taught.back } });
    this.title = element("h2", { textContent: say.taught.title, tabIndex: -1 });
    this.find = element("input", { id: "taught-find", type: "search", placeholder: say.taught.placeholder, maxLength: 100 });
    this.search = element("div", { className: "search", hidden: true }, element("label", { htmlFor: "taught-find", textContent: say.taught.find }), this.find);
    this.none = element("p", { className: "none", hidden: true });
    this.cards = element("ul", { className: "cards" });
    this.list = element("div", {}, element("div", { className: "beside" }, this.title, this.search), this.none, this.cards);
    byId("teaching").replaceChildren(this.list, this.view.node);
    this.renderCards = keyed(makeCard, (facts) => facts.ClassID);
    this.find.addEventListener("input", () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.refresher.soon(), TYPING_PAUSE_MS);
    });
  }

  enter() {
    show(byId("teaching"), true);
    this.#unwatch = watchPlace((there) => this.#arrive(there));
    this.#arrive(place());
  }

  leave() {
    this.#unwatch();
    this.refresher.stop();
    this.view.close();
    this.find.value = "";
    this.renderCards(this.cards, []);
    show(byId("teaching"), false);
  }

  #arrive(there) {
    show(this.list, !there.taught);
    if (there.taught) {
      this.refresher.stop();
      this.view.open(there.taught, there.show);
    } else {
      this.view.close();
      this.refresher.start();
      this.title.focus();
    }
  }

  async #load() {
    const wanted = this.find.value.trim();
    const query = wanted ? `?${new URLSearchParams({ q: wanted })}` : "";
    const { Classes: classes } = await this.gateway.refresh(`/instructor/classes${query}`);
    if (wanted !== this.find.value.trim()) return;
    this.renderCards(this.cards, classes);
    if (!wanted) show(this.search, classes.length > SEARCHED_FROM);
    show(this.none, classes.length === 0);
    setText(this.none, wanted ? say.taught.notFound : say.taught.none);
  }

  #report(error) {
    trouble("teaching", error?.status === 401 ? null : error);
  }
}

function makeCard(facts) {
  const bars = makeBars();
  const link = element("a", { href: linkTo({ taught: facts.ClassID }) });
  const hint = element("p", { className: "hint" });
  const what = element("div", { className: "what" }, element("h3", {}, link), hint);
  return {
    node: element("li", { className: "card two" }, what, bars.node),
    update(fresh) {
      setText(link, say.names.class(fresh));
      setText(hint, `${say.names.hint(fresh)}. ${say.names.states[fresh.State]}`);
      bars.update(fresh);
    },
  };
}
