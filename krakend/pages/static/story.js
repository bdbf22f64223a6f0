// The history of a class, newest first, in words and with names.

import { button, element, keyed, setText, show } from "./dom.js";
import { say } from "./language.js";
import { tell } from "./toasts.js";
import { moment } from "./words.js";

const PAGE = 500; // entries that a reply has at most
const NEWEST = 50; // shown at first: a busy class has thousands, and each is 90 bytes of a first load
const OLDER = 400; // shown by each click

export class Story {
  #classId = null;
  #entries = []; // the newest first
  #start = 0; // the entries after this number are shown
  #names = {};

  constructor(gateway, role) {
    this.gateway = gateway;
    this.role = role;
    this.list = element("ol", { className: "story", reversed: true });
    this.none = element("p", { className: "none", textContent: say.roster.none.history });
    this.more = button(say.roster.more, "quiet", () => this.#goBack());
    this.node = element("div", {}, this.list, this.none, this.more);
    this.renderEntries = keyed((entry) => this.#makeEntry(entry), (entry) => entry.number);
  }

  forget() {
    this.#classId = null;
    this.#entries = [];
    this.renderEntries(this.list, []);
  }

  /** The newest entries, and from then on what has been added; `latest` is the number of the last one there is. */
  async load(classId, latest) {
    if (this.#classId !== classId) {
      this.forget();
      this.#start = Math.max(0, latest - NEWEST);
    }
    this.#classId = classId;
    await this.#ask(this.#entries[0]?.number ?? this.#start);
  }

  async #goBack() {
    const [start, classId] = [Math.max(0, this.#start - OLDER), this.#classId];
    try {
      await this.#ask(start);
      if (this.#classId !== classId) return;
      this.#start = start;
      show(this.more, start > 0);
    } catch (error) {
      if (error.status !== 401) tell(error.message, "bad");
    }
  }

  async #ask(after) {
    const classId = this.#classId;
    let entries = [];
    do {
      const from = entries.at(-1)?.number ?? after;
      const reply = await this.gateway.ask("GET", `/${this.role}/history/${encodeURIComponent(classId)}?after=${from}`);
      if (this.#classId !== classId) return;
      entries = reply.entries;
      Object.assign(this.#names, reply.names);
      this.#add(entries);
    } while (entries.length === PAGE);
    this.renderEntries(this.list, this.#entries);
    show(this.none, this.#entries.length === 0);
    show(this.more, this.#start > 0);
  }

  #add(entries) {
    const known = new Set(this.#entries.map((one) => one.number));
    const fresh = entries.filter((one) => !known.has(one.number));
    if (fresh.length) this.#entries = [...this.#entries, ...fresh].sort((one, other) => other.number - one.number);
  }

  #makeEntry(entry) {
    const changes = entry.changes.map((change) => element("li", { textContent: this.#inWords(change) }));
    const when = element("span", { className: "hint" });
    // What was "14:02" is of yesterday when midnight has passed.
    return { node: element("li", {}, when, element("ul", {}, ...changes)), update: () => setText(when, moment(entry.at)) };
  }

  #inWords(change) {
    const id = change.student_id;
    const who = say.names.student({ username: this.#names[id], student_id: id });
    const what = (say.history[change.what] ?? say.history.other)(who, change);
    const by = say.history.by[change.by.role];
    return by ? `${what} (${by})` : what;
  }
}
