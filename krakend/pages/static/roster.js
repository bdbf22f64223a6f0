// One class as those see it who answer for it: who is enrolled, waits and has dropped, by name, and what has happened.

import { sure } from "./confirm-dialog.js";
import { makeBars } from "./bars.js";
import { button, element, keyed, setText, show } from "./dom.js";
import { learn, say } from "./language.js";
import { tell, trouble } from "./toasts.js";
import { linkTo } from "./place.js";
import { Refresher } from "./refresher.js";
import { RosterExports } from "./roster-exports.js";
import { SeatingProgress } from "./seating-progress.js";
import { Story } from "./story.js";
import { moment, number } from "./words.js";

await learn("staff");

const EVERY_MS = 4_000;
const PAGE = 100;
const TABS = ["enrolled", "waiting", "dropped", "history"];
const COLUMNS = {
  enrolled: ["username", "email", "acts"],
  waiting: ["position", "username", "email", "since", "turn", "acts"],
  dropped: ["username", "email"],
};

export class ClassView {
  #classId = null;
  #tab = TABS[0];
  #pages = 1;
  #refused = false;
  #facts = null;

  /** `role`: whose routes to ask. `tools`: nodes beside the title. `canTakeOut`: may also take somebody out of the line. */
  constructor(gateway, role, { key, back, tools = [], canTakeOut = false, onFacts = () => {} }) {
    this.gateway = gateway;
    this.role = role;
    this.key = key; // of the class in the page's place
    this.canTakeOut = canTakeOut;
    this.onFacts = onFacts;
    this.refresher = new Refresher(() => this.#load(), EVERY_MS, (error) => this.#report(error));
    this.#build(back, tools);
  }

  #build(back, tools) {
    const id = `${this.role}-class`;
    this.title = element("h2", { tabIndex: -1, id });
    this.hint = element("p", { className: "hint" });
    this.problem = element("p", { className: "problem" });
    this.problem.setAttribute("role", "alert");
    this.bars = makeBars();
    this.progress = new SeatingProgress();
    this.tabs = Object.fromEntries(TABS.map((tab) => [tab, element("a")]));
    const nav = element("nav", { className: "tabs" }, ...Object.values(this.tabs));
    nav.setAttribute("aria-label", say.roster.lists);
    this.head = element("tr");
    this.body = element("tbody");
    this.table = element("table", { className: "people" }, element("thead", {}, this.head), this.body);
    this.table.setAttribute("aria-labelledby", id);
    this.none = element("p", { className: "none" });
    this.noNames = element("p", { className: "hint", textContent: say.roster.noNames });
    this.more = button(say.roster.more, "quiet", () => this.#showMore());
    this.exports = new RosterExports(this.gateway, this.role, () => this.#everybody());
    this.story = new Story(this.gateway, this.role);
    this.inside = element("div", {}, nav, this.exports.node, this.noNames, this.table, this.none, this.more, this.story.node);
    const top = element("div", { className: "beside" }, element("div", {}, this.title, this.hint), this.bars.node);
    const links = element("p", {}, element("a", { href: linkTo(back.to), textContent: `← ${back.text}` }));
    this.acts = element("div", { className: "row" }, ...tools);
    this.known = element("div", {}, top, this.progress.node, this.acts, this.inside);
    this.node = element("div", { className: "class-view" }, links, this.problem, this.known);
    this.renderRows = keyed((student) => this.#makeRow(student), (student) => `${this.#tab}-${student.student_id}`);
  }

  open(classId, tab) {
    const same = this.#classId === classId;
    this.#classId = classId;
    this.#tab = TABS.includes(tab) ? tab : TABS[0];
    this.#pages = 1;
    this.#refused = false;
    setText(this.problem, "");
    if (!same) {
      this.#facts = null;
      this.progress.forget();
      this.story.forget();
      show(this.known, false);
    }
    this.#prepare();
    show(this.node, true);
    this.refresher.stop();
    this.refresher.start();
  }

  close() {
    this.#classId = null;
    this.refresher.stop();
    this.exports.close();
    show(this.node, false);
  }

  /** After a change made elsewhere on the page. */
  soon() {
    this.refresher.soon();
  }

  get facts() {
    return this.#facts;
  }

  #prepare() {
    for (const [tab, link] of Object.entries(this.tabs)) {
      link.href = linkTo({ [this.key]: this.#classId, show: tab });
      if (tab === this.#tab) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const history = this.#tab === "history";
    this.exports.forget(this.#tab);
    show(this.story.node, history);
    for (const part of [this.table, this.none, this.more, this.noNames]) show(part, false);
    if (history) return;
    const columns = COLUMNS[this.#tab].filter((column) => column !== "acts" || this.#canAct);
    this.head.replaceChildren(...columns.map((name) => {
      const cell = element("th", { textContent: say.roster.columns[name] });
      cell.scope = "col";
      return cell;
    }));
    this.renderRows(this.body, []);
  }

  get #canAct() {
    return this.#tab === "enrolled" || (this.#tab === "waiting" && this.canTakeOut);
  }

  /** What comes, or is refused, when another class or list has been opened counts for nothing. */
  async #load() {
    const asked = this.#asked;
    const isStill = () => asked === this.#asked;
    await this.#loadWhile(isStill).catch((error) => {
      if (isStill()) throw error;
    });
  }

  get #asked() {
    return `${this.#classId} ${this.#tab}`;
  }

  async #loadWhile(isStill) {
    const state = this.#tab === "history" ? "enrolled" : this.#tab;
    const limit = this.#tab === "history" ? 1 : PAGE;
    let [students, after, known] = [[], "", true];
    for (let page = 0; page < this.#pages && after !== null; page += 1) {
      const reply = await this.#ask(state, limit, after);
      if (!isStill()) return;
      students = [...students, ...reply.students];
      after = reply.next_after;
      known &&= reply.names_known;
      this.#facts = reply.class_details;
    }
    if (this.#tab === "history") await this.story.load(this.#classId, this.#facts.HistoryNumber);
    else this.#showStudents(students, after !== null, known);
    if (isStill()) this.#showFacts();
  }

  #ask(state, limit, after) {
    const query = new URLSearchParams({ state, limit, ...(after && { after }) });
    return this.gateway.refresh(`/${this.role}/roster/${encodeURIComponent(this.#classId)}?${query}`);
  }

  #showFacts() {
    const facts = this.#facts;
    setText(this.title, say.names.class(facts));
    setText(this.hint, `${say.names.hint(facts)}. ${say.names.states[facts.State]}`);
    setText(this.tabs.enrolled, `${say.roster.tabs.enrolled} (${number(facts.CurrentEnrollment)})`);
    setText(this.tabs.waiting, `${say.roster.tabs.waiting} (${number(facts.CurrentWaitlist)})`);
    setText(this.tabs.dropped, say.roster.tabs.dropped);
    setText(this.tabs.history, say.roster.tabs.history);
    this.bars.update(facts);
    this.progress.update(facts);
    const first = this.known.hidden;
    show(this.known, true);
    this.onFacts(facts);
    if (first) this.title.focus();
  }

  #showStudents(students, isMore, namesKnown) {
    this.renderRows(this.body, students);
    show(this.table, students.length > 0);
    show(this.none, students.length === 0);
    setText(this.none, say.roster.none[this.#tab]);
    show(this.more, isMore);
    show(this.noNames, !namesKnown);
    this.exports.update(this.#facts, students, isMore);
  }

  #makeRow(student) {
    const cells = Object.fromEntries(COLUMNS[this.#tab].map((name) => [name, element("td")]));
    for (const [name, cell] of Object.entries(cells)) cell.dataset.column = say.roster.columns[name];
    const mail = element("a");
    cells.email.append(mail);
    if (!this.#canAct) delete cells.acts;
    const waits = this.#tab === "waiting";
    const act = button(waits ? say.roster.takeOut : say.roster.drop, "link", () => this.#drop(student, waits));
    cells.acts?.append(act);
    return {
      node: element("tr", {}, ...Object.values(cells)),
      update(fresh) {
        const name = say.names.student(fresh);
        setText(cells.username, name);
        setText(mail, fresh.email ?? "");
        if (fresh.email) mail.href = `mailto:${fresh.email}`;
        if (cells.position) setText(cells.position, number(fresh.position));
        if (cells.since) setText(cells.since, fresh.since ? moment(fresh.since) : "");
        if (cells.turn) setText(cells.turn, turnOf(fresh));
        act.setAttribute("aria-label", waits ? say.roster.takeOutLabel(name) : say.roster.dropLabel(name));
      },
    };
  }

  async #drop(student, waits) {
    const [classId, name, of] = [this.#classId, say.names.student(student), say.names.class(this.#facts)];
    try {
      const [question, yes] = waits
        ? [say.roster.askTakeOut(name, of), say.roster.yesTakeOut]
        : [say.roster.askDrop(name, of, say.roster.next(this.#facts, await this.#next())), say.roster.yesDrop];
      if (!(await sure(question, yes))) return;
      const what = this.role === "instructor" ? "drop" : "students";
      await this.gateway.ask("DELETE", `/${this.role}/${what}/${classId}/${student.student_id}`);
      tell(waits ? say.roster.takenOut(name, of) : say.roster.dropped(name, of));
    } catch (error) {
      if (error.status !== 401) tell(say.ofStudent[error.code]?.(name) ?? error.message, "bad");
    }
    this.refresher.soon();
    this.title.focus();
  }

  /** The name of who gets the next seat, if anybody does: the first who does not pause and is not offered one. */
  async #next() {
    let after = this.#facts.in_turn ? "" : null;
    while (after !== null) {
      const { students, next_after } = await this.#ask("waiting", PAGE, after);
      const next = students.find((one) => !one.paused && !one.offered_until);
      if (next) return say.names.student(next);
      after = next_after;
    }
    return "";
  }

  #showMore() {
    this.#pages += 1;
    this.refresher.soon();
  }

  /** Everybody in the list, also those who are not shown yet. */
  async #everybody() {
    let [students, after] = [[], ""];
    while (after !== null) {
      const reply = await this.#ask(this.#tab, PAGE, after);
      students = [...students, ...reply.students];
      after = reply.next_after;
    }
    return students;
  }

  /** A refusal of the class itself stays until another is opened; whatever passes is tried again. */
  #report(error) {
    const own = error && !error.passes && error.status !== 401;
    if (own) {
      this.#refused = true;
      setText(this.problem, error.message);
      show(this.known, false);
      this.refresher.stop();
    } else if (!this.#refused) setText(this.problem, "");
    trouble(`${this.role}-class`, own || error?.status === 401 ? null : error);
  }
}

/** Why the next seat is not for somebody who waits, and what is given up for it. */
function turnOf({ paused, skipped_for: skipped, offered_until: until, swap_from: swaps }) {
  const turn = say.roster.turn;
  const why = until ? turn.offered(moment(until)) : skipped ? turn.skipped : paused ? turn.paused : "";
  return [why, swaps ? turn.swap : ""].filter(Boolean).join("; ");
}
