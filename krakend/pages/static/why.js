// Why I stand where I stand: my own story with one class.

import { byId, element, setText, show } from "./dom.js";
import { say } from "./language.js";
import { moment, storyText, title } from "./words.js";

export class WhyDialog {
  #asked = 0;

  constructor(gateway) {
    this.gateway = gateway;
    byId("why-close").addEventListener("click", () => byId("why").close());
  }

  async open(facts) {
    const asked = (this.#asked += 1);
    setText(byId("why-title"), say.story.title(title(facts)));
    setText(byId("why-problem"), "");
    byId("why-story").replaceChildren();
    for (const id of ["why-hash", "why-none"]) show(byId(id), false);
    byId("why").showModal();
    try {
      const { entries } = await this.gateway.ask("GET", `/student/waitlist/${facts.ClassID}/history`);
      if (asked !== this.#asked) return;
      byId("why-story").replaceChildren(...entries.map(makeEntry));
      show(byId("why-none"), entries.length === 0);
      setText(byId("why-hash"), facts.HistoryHash ? say.story.hash(facts.HistoryNumber, facts.HistoryHash) : "");
      show(byId("why-hash"), Boolean(facts.HistoryHash));
    } catch (error) {
      if (asked === this.#asked) setText(byId("why-problem"), error.message);
    }
  }
}

function makeEntry(entry) {
  const when = element("time", { className: "hint", dateTime: entry.at, textContent: moment(entry.at) });
  return element("li", {}, when, ` ${storyText(entry)}`);
}
