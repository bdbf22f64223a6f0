// The notices sent to me: how each went, and sending one again.

import { button, byId, element, keyed, setText, show } from "./dom.js";
import { say } from "./language.js";
import { moment, number } from "./words.js";

const READ_KEY = "course-enrollment.read";
const PAUSED = "not sent: this receiver failed"; // how the last error of a paused receiver begins

export class SentNotices {
  #newest = [];
  #older = [];
  #nextPage = null;
  #areKnown = false;
  #readUntil = ""; // when the newest of those were sent that were read in an earlier session

  /** `acts`: older(page), redeliver(delivery), resume(delivery). */
  constructor(acts, titleOf) {
    const renderer = () => keyed((delivery) => makeItem(delivery, acts, titleOf), (delivery) => delivery.id);
    [this.renderItems, this.renderRead] = [renderer(), renderer()];
    this.acts = acts;
    const more = byId("sent-older");
    more.addEventListener("click", async () => this.#append(await acts.older(this.#nextPage)));
  }

  /** Whose they are: what was shown to them before is read. */
  open(userId) {
    this.key = `${READ_KEY}.${userId}`;
    this.#readUntil = localStorage.getItem(this.key) ?? "";
  }

  /** The newest page. Ones that were loaded before stay below it. Returns those that were not known yet. */
  render({ deliveries, next_page: nextPage }) {
    this.#areKnown = true;
    const known = new Set([...this.#newest, ...this.#older].map((one) => one.id));
    if (this.#older.length === 0) this.#nextPage = nextPage;
    const ids = new Set(deliveries.map((one) => one.id));
    if (this.#older.length) this.#older = [...this.#newest, ...this.#older].filter((one) => !ids.has(one.id));
    this.#newest = deliveries;
    this.#render();
    return deliveries.filter((one) => !known.has(one.id));
  }

  /** With titles that have become known since. */
  again() {
    this.#render();
  }

  forget() {
    this.#older = [];
    this.render({ deliveries: [], next_page: null });
    this.#areKnown = false;
  }

  #append(page) {
    if (!page) return;
    const ids = new Set([...this.#newest, ...this.#older].map((one) => one.id));
    this.#older.push(...page.deliveries.filter((one) => !ids.has(one.id)));
    this.#nextPage = page.next_page;
    this.#render();
  }

  #render() {
    const all = [...this.#newest, ...this.#older];
    const read = all.filter((one) => movedAt(one) <= this.#readUntil);
    this.renderItems(byId("sent"), all.filter((one) => movedAt(one) > this.#readUntil));
    this.renderRead(byId("sent-read"), read);
    setText(byId("sent-read-count"), say.sent.read(read.length));
    show(byId("sent-read-part"), read.length > 0);
    show(byId("sent-none"), this.#areKnown && all.length === 0);
    show(byId("sent-older"), this.#nextPage !== null);
    if (all.length && !document.hidden) this.#note(all.map(movedAt).sort().at(-1));
  }

  /** What is shown now is read when the page is opened the next time. */
  #note(latest) {
    if (latest > (localStorage.getItem(this.key) ?? "")) localStorage.setItem(this.key, latest);
  }
}

/** When something last became of it; RFC 3339 in UTC, so that texts compare as moments do. */
const movedAt = ({ attempts }) => attempts.at(-1).at;

export const outcomeOf = ({ outcome }) => say.sent.outcomes[outcome] ?? outcome;
export const whereTo = ({ channel, target }) => say.sent.to(say.names.channels[channel] ?? channel, target);

function makeItem(delivery, acts, titleOf) {
  let current = delivery;
  const told = say.sent.types[delivery.type] ?? delivery.message; // the sentence that was sent names ids
  const heading = element("h3");
  const outcome = element("p", { className: "outcome" });
  const where = element("p", { className: "hint", textContent: whereTo(delivery) });
  const attempts = element("ol");
  const count = element("summary");
  const again = button(say.sent.again, "link", () => acts.redeliver(current));
  const resume = button(say.sent.resume, "link", () => acts.resume(current));
  for (const one of [again, resume]) {
    one.setAttribute("aria-label", `${one.textContent}: ${told}, ${where.textContent}`);
  }
  const node = element(
    "li", {},
    heading, element("p", { className: "message", textContent: told }), where, outcome,
    element("details", {}, count, attempts),
    element("div", { className: "acts" }, again, resume),
  );
  return {
    node,
    update(fresh) {
      current = fresh;
      const last = fresh.attempts.at(-1);
      node.className = fresh.outcome;
      setText(heading, titleOf(fresh.class_id));
      const next = fresh.next_attempt_at ? `, ${say.sent.next(moment(fresh.next_attempt_at))}` : "";
      setText(outcome, `${outcomeOf(fresh)}, ${moment(last.at)}${next}`);
      setText(count, say.sent.attempts(fresh.attempts.length));
      if (attempts.children.length < fresh.attempts.length) {
        attempts.replaceChildren(...fresh.attempts.map(makeAttempt));
      }
      show(resume, fresh.channel === "webhook" && Boolean(last.error?.startsWith(PAUSED)));
    },
  };
}

function makeAttempt({ at, status, duration_ms: ms, error, redelivery }) {
  const said = [status ?? say.sent.noAnswer, ms === null ? null : `${number(ms)} ms`, error, redelivery ? say.sent.redelivery : null];
  return element("li", { textContent: `${moment(at)}: ${said.filter((one) => one !== null).join(", ")}` });
}
