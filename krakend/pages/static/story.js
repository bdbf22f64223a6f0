// The history of a class, newest first, in words and with names.

import { element, keyed, show } from "./dom.js";
import { say } from "./language.js";
import { moment } from "./words.js";

const MOST_PAGES = 20; // of 500 entries, at a time

export class Story {
  #classId = null;
  #entries = [];
  #names = {};

  constructor(gateway, role) {
    this.gateway = gateway;
    this.role = role;
    this.list = element("ol", { className: "story", reversed: true });
    this.none = element("p", { className: "none", textContent: say.roster.none.history });
    this.node = element("div", {}, this.list, this.none);
    this.renderEntries = keyed((entry) => this.#makeEntry(entry), (entry) => entry.number);
  }

  forget() {
    this.#classId = null;
    this.#entries = [];
    this.renderEntries(this.list, []);
  }

  /** What has been added since the last time. */
  async load(classId) {
    if (this.#classId !== classId) this.forget();
    this.#classId = classId;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const after = this.#entries.at(-1)?.number ?? 0;
      const reply = await this.gateway.ask("GET", `/${this.role}/history/${encodeURIComponent(classId)}?after=${after}`);
      if (this.#classId !== classId) return;
      Object.assign(this.#names, reply.names);
      this.#entries.push(...reply.entries.filter((entry) => entry.number > after));
      if (reply.entries.length < 500) break;
    }
    this.renderEntries(this.list, this.#entries.toReversed());
    show(this.none, this.#entries.length === 0);
  }

  #makeEntry(entry) {
    const changes = entry.changes.map((change) => element("li", { textContent: this.#inWords(change) }));
    const when = element("span", { className: "hint", textContent: moment(entry.at) });
    return { node: element("li", {}, when, element("ul", {}, ...changes)), update: () => {} };
  }

  #inWords(change) {
    const id = change.student_id;
    const who = say.names.student({ username: this.#names[id], student_id: id });
    const what = (say.history[change.what] ?? say.history.other)(who, change);
    const by = say.history.by[change.by.role];
    return by ? `${what} (${by})` : what;
  }
}
