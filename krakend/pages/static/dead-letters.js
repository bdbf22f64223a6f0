// Notices that could not be delivered, and sending them again.

import { button, element, keyed, setText, show } from "./dom.js";
import { say } from "./language.js";
import { tell, trouble } from "./toasts.js";
import { Refresher } from "./refresher.js";
import { moment, nameOf } from "./words.js";

const EVERY_MS = 15_000; // looking takes them from their queue for a moment
const FIRST = 20; // of each channel; then twice as many each time
const MOST = 1_000;

export class DeadLetters {
  /** `names`: the user names of students. `id`: of its title, for a page may have several. */
  constructor(gateway, names, id) {
    this.gateway = gateway;
    this.names = names;
    this.refresher = new Refresher(() => this.#load(), EVERY_MS, (error) => trouble("dead", error?.status === 401 ? null : error));
    this.title = element("h3", { textContent: say.operation.dead.title, id, tabIndex: -1 });
    this.count = element("p", { textContent: say.operation.dead.none });
    this.all = button(say.operation.dead.all, "quiet", () => this.#replay({}));
    this.body = element("tbody");
    const head = Object.values(say.operation.dead.columns).map((text) => element("th", { textContent: text, scope: "col" }));
    this.table = element("table", { className: "people" }, element("thead", {}, element("tr", {}, ...head)), this.body);
    this.table.setAttribute("aria-labelledby", id);
    this.more = button(say.registry.more, "quiet", () => {
      this.limit = Math.min(MOST, 2 * this.limit);
      this.refresher.soon();
    });
    this.node = element("section", {}, this.title, this.count, this.all, this.table, this.more);
    this.renderRows = keyed((one) => this.#makeRow(one), (one) => `${one.channel} ${one.id}`);
    this.forget();
  }

  open() {
    this.refresher.start();
  }

  close() {
    this.refresher.stop();
  }

  forget() {
    this.limit = FIRST;
    this.#render({ counts: {}, letters: [] });
  }

  async #load() {
    const found = await this.gateway.ask("GET", `/registrar/dead-letters?limit=${this.limit}`);
    await this.names.learn(found.letters.map((one) => one.student_id).filter(Boolean)).catch(() => {}); // names are a help
    this.#render(found);
  }

  #render({ counts, letters }) {
    const count = Object.values(counts).reduce((sum, one) => sum + one, 0);
    setText(this.count, count ? say.operation.dead.count(count) : say.operation.dead.none);
    show(this.all, count > 0);
    show(this.table, letters.length > 0);
    show(this.more, letters.length < count && this.limit < MOST);
    this.renderRows(this.body, letters);
  }

  async #replay(wanted) {
    try {
      const { replayed } = await this.gateway.ask("POST", "/registrar/dead-letters/replay", wanted);
      tell(say.operation.dead.sent(replayed));
      this.title.focus(); // the row with the button goes
    } catch (error) {
      if (error.status !== 401) tell(error.message, "bad");
    }
    this.refresher.soon();
  }

  #makeRow(one) {
    const words = say.operation.dead;
    const again = button(words.again, "quiet", () => this.#replay({ channel: one.channel, id: one.id }));
    again.setAttribute("aria-label", words.againLabel(one.reason));
    const student = () => say.names.student({ username: this.names.of(one.student_id), student_id: one.student_id });
    const whom = one.student_id ? `${student()}, ${nameOf(one)}` : "";
    const texts = [say.names.channels[one.channel] ?? one.channel, whom, one.reason, one.since ? moment(one.since) : ""];
    const cells = [...texts, again].map((content, at) => {
      const cell = element("td", {}, content);
      cell.dataset.column = Object.values(words.columns)[at];
      return cell;
    });
    return { node: element("tr", {}, ...cells), update: () => {} };
  }
}
