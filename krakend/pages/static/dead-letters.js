// Notices that could not be delivered, and sending them again.

import { button, element, keyed, setText, show } from "./dom.js";
import { say } from "./language.js";
import { tell, trouble } from "./news.js";
import { Refresher } from "./refresher.js";
import { moment } from "./words.js";

const EVERY_MS = 15_000; // looking takes them from their queue for a moment

export class DeadLetters {
  constructor(gateway) {
    this.gateway = gateway;
    this.refresher = new Refresher(() => this.#load(), EVERY_MS, (error) => trouble("dead", error?.status === 401 ? null : error));
    this.title = element("h3", { textContent: say.operation.dead.title, id: "dead-letters", tabIndex: -1 });
    this.count = element("p", { textContent: say.operation.dead.none });
    this.all = button(say.operation.dead.all, "quiet", () => this.#replay({}));
    this.body = element("tbody");
    const head = Object.values(say.operation.dead.columns).map((text) => element("th", { textContent: text, scope: "col" }));
    this.table = element("table", { className: "people" }, element("thead", {}, element("tr", {}, ...head)), this.body);
    this.table.setAttribute("aria-labelledby", "dead-letters");
    this.node = element("section", {}, this.title, this.count, this.all, this.table);
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
    this.#render({ counts: {}, letters: [] });
  }

  async #load() {
    this.#render(await this.gateway.ask("GET", "/registrar/dead-letters"));
  }

  #render({ counts, letters }) {
    const count = Object.values(counts).reduce((sum, one) => sum + one, 0);
    setText(this.count, count ? say.operation.dead.count(count) : say.operation.dead.none);
    show(this.all, count > 0);
    show(this.table, letters.length > 0);
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
    const whom = one.student_id ? words.whom(one.student_id, one.class_id) : "";
    const texts = [say.sent.channels[one.channel] ?? one.channel, whom, one.reason, one.since ? moment(one.since) : ""];
    const cells = [...texts, again].map((content, at) => {
      const cell = element("td", {}, content);
      cell.dataset.column = Object.values(words.columns)[at];
      return cell;
    });
    return { node: element("tr", {}, ...cells), update: () => {} };
  }
}
