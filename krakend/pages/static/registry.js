// For registrars: all classes, found and changed, and people.

import { sure } from "./confirm-dialog.js";
import { button, byId, element, keyed, setText, show } from "./dom.js";
import { FormDialog, field } from "./forms.js";
import { learn, say } from "./language.js";
import { Names } from "./names.js";
import { tell, trouble } from "./toasts.js";
import { PeopleView, findPeople } from "./people.js";
import { leavePlace, linkTo, place, watchPlace } from "./place.js";
import { Refresher } from "./refresher.js";
import { ClassView } from "./roster.js";
import { number } from "./words.js";

await learn("registrar");

const EVERY_MS = 4_000;
const PAGE = 50;
const MOST_AT_ONCE = 500; // the service's own limit
const TYPING_PAUSE_MS = 250;
const COLUMNS = ["title", "department", "instructor", "seats", "line", "state"];
const STATES = say.names.states;
const PARTS = ["classes", "people", "demand", "operation"];
const LATER = {
  demand: async () => (await import("./demand.js")).DemandView,
  operation: async () => (await import("./operation.js")).OperationView,
};

export class RegistryDesk {
  #unwatch = () => {};
  #typing = null;
  upload = null;
  edit = null;
  demand = null;
  operation = null;
  #most = PAGE;
  #instructor = ""; // the id of who was found under the name that is looked for

  constructor(gateway) {
    this.gateway = gateway;
    this.names = new Names(gateway, "/registrar/people");
    this.refresher = new Refresher(() => this.#load(), EVERY_MS, (error) => this.#report(error));
    this.people = new PeopleView(gateway);
    this.#buildEnroll();
    const tools = [
      button(say.registry.enroll, "main", () => this.enroll.open(`${say.registry.enroll}: ${this.#title}`)),
      button(say.registry.edit, "quiet", () => this.#edit(this.view.facts, this.#instructorName)),
      button(say.registry.remove, "quiet", () => this.#remove()),
    ];
    const back = { to: { registry: "classes" }, text: say.registry.back };
    this.view = new ClassView(gateway, "registrar", {
      key: "class", back, tools, canTakeOut: true, onFacts: (facts) => this.#learn(facts),
    });
    this.#buildList();
    this.links = Object.fromEntries(PARTS.map((part) => [
      part, element("a", { href: linkTo({ registry: part }), textContent: say.registry[part] }),
    ]));
    const nav = element("nav", { className: "tabs" }, ...Object.values(this.links));
    nav.setAttribute("aria-label", say.registry.nav);
    byId("registry").replaceChildren(
      nav, this.list, this.view.node, this.people.node, this.enroll.node,
    );
    this.renderRows = keyed((facts) => this.#makeRow(facts), (facts) => facts.ClassID);
  }

  /** A part of the page that is loaded when it is wanted: few ever need it. `make` gets what was loaded. */
  async #later(part, loading, make) {
    const loaded = await loading;
    if (!this[part]) {
      this[part] = make(loaded);
      byId("registry").append(this[part].node);
    }
  }

  async #openUpload() {
    await this.#later("upload", import("./upload.js"), ({ UploadDialog }) =>
      new UploadDialog(this.gateway, () => this.refresher.soon()));
    if (!byId("registry").hidden) this.upload.open();
  }

  /** Whoever has gone elsewhere meanwhile stays there. */
  async #openLater(part) {
    await this.#later(part, LATER[part](), (View) => new View(this.gateway, this.names));
    if (place().registry === part && !place().class && !byId("registry").hidden) this[part].open();
  }

  #buildList() {
    this.title = element("h2", { textContent: say.registry.classes, tabIndex: -1, id: "registry-title" });
    this.fields = {
      q: field("registry-find", say.registry.find, { type: "search", maxLength: 100, placeholder: say.registry.placeholder }),
      instructor: field("registry-by", say.registry.instructor, { type: "search", maxLength: 64, placeholder: say.registry.instructorHint, autocapitalize: "none" }),
      state: field("registry-state", say.registry.state, {}, { "": say.registry.anyState, ...STATES }),
      waiting: field("registry-waiting", say.registry.waiting, { type: "number", min: 0, max: 100000 }),
    };
    const search = element("form", { className: "row fields" }, ...Object.values(this.fields).map((one) => one.node));
    search.addEventListener("submit", (event) => event.preventDefault());
    search.addEventListener("input", () => {
      this.#most = PAGE;
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.refresher.soon(), TYPING_PAUSE_MS);
    });
    const head = COLUMNS.map((name) => element("th", { textContent: say.registry.columns[name], scope: "col" }));
    this.body = element("tbody");
    this.table = element("table", { className: "people" }, element("thead", {}, element("tr", {}, ...head)), this.body);
    this.table.setAttribute("aria-labelledby", "registry-title");
    this.none = element("p", { className: "none", hidden: true });
    this.more = button(say.registry.more, "quiet", () => {
      this.#most += PAGE;
      this.refresher.soon();
    });
    const add = button(say.registry.add, "main", () => this.#edit(null, ""));
    const upload = button(say.registry.upload, "quiet", () => this.#openUpload());
    const top = element("div", { className: "beside" }, this.title, element("div", { className: "row" }, add, upload));
    this.list = element("div", {}, top, search, this.table, this.none, this.more);
  }

  #buildEnroll() {
    this.enroll = new FormDialog("enroll-student", say.registry.enroll, () => this.#enroll());
    const student = field("enroll-who", say.registry.studentName, { required: true, maxLength: 254, autocapitalize: "none", spellcheck: false });
    this.who = student.input;
    this.enroll.content.append(student.node);
  }

  enter() {
    show(byId("registry"), true);
    this.#unwatch = watchPlace((there) => this.#arrive(there));
    this.#arrive(place());
  }

  leave() {
    this.#unwatch();
    this.refresher.stop();
    this.view.close();
    for (const part of [this.people, this.demand, this.operation]) {
      part?.close();
      part?.forget();
    }
    for (const { input } of Object.values(this.fields)) input.value = "";
    this.#most = PAGE;
    this.renderRows(this.body, []);
    show(byId("registry"), false);
  }

  #arrive(there) {
    const where = there.class ? "class" : PARTS.includes(there.registry) ? there.registry : "classes";
    for (const [name, link] of Object.entries(this.links)) {
      if (name === where) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    show(this.list, where === "classes");
    if (where === "class") this.view.open(there.class, there.show);
    else this.view.close();
    if (where === "people") this.people.open();
    else this.people.close();
    for (const part of Object.keys(LATER)) {
      if (where === part) this.#openLater(part);
      else this[part]?.close();
    }
    if (where !== "classes") return this.refresher.stop();
    this.refresher.start();
    return this.title.focus();
  }

  get #title() {
    return say.names.class(this.view.facts);
  }

  get #instructorName() {
    return this.names.of(this.view.facts.InstructorID) ?? "";
  }

  /** What is looked for, without how many and after which. */
  async #asked() {
    const asked = {};
    for (const name of ["q", "state", "waiting"]) {
      if (this.fields[name].input.value.trim()) asked[name] = this.fields[name].input.value.trim();
    }
    const name = this.fields.instructor.input.value.trim();
    if (name) asked.instructor_id = await this.#idOf(name);
    return asked;
  }

  /** Asked for once while the name stays the same. */
  async #idOf(name) {
    if (this.#instructor.name !== name) {
      const [found] = await findPeople(this.gateway, name);
      this.#instructor = { name, id: found?.id ?? Number.MAX_SAFE_INTEGER };
    }
    return this.#instructor.id;
  }

  async #load() {
    const [asked, most] = [await this.#asked(), this.#most];
    let [classes, after] = [[], 0];
    while (after !== null && classes.length < most) {
      const limit = Math.min(MOST_AT_ONCE, most - classes.length);
      const page = new URLSearchParams({ limit, ...asked, ...(after && { after }) });
      const reply = await this.gateway.refresh(`/registrar/classes?${page}`);
      [classes, after] = [[...classes, ...reply.Classes], reply.next_after];
    }
    if (most !== this.#most || JSON.stringify(asked) !== JSON.stringify(await this.#asked())) return;
    await this.names.learn(classes.map((facts) => facts.InstructorID)).catch(() => {}); // names are a help
    this.renderRows(this.body, classes);
    show(this.table, classes.length > 0);
    show(this.more, after !== null);
    show(this.none, classes.length === 0);
    const name = this.fields.instructor.input.value.trim();
    const unknown = name && this.#instructor.id === Number.MAX_SAFE_INTEGER;
    setText(this.none, unknown ? say.registry.unknownInstructor(name) : say.registry.none);
  }

  #makeRow() {
    const cells = COLUMNS.map((name) => element("td"));
    COLUMNS.forEach((name, at) => (cells[at].dataset.column = say.registry.columns[name]));
    const link = element("a");
    cells[0].append(link);
    return {
      node: element("tr", {}, ...cells),
      update: (fresh) => {
        link.href = linkTo({ class: fresh.ClassID });
        setText(link, say.names.section(fresh));
        const { CurrentEnrollment: taken, MaxCapacity: most, CurrentWaitlist: waiting, WaitlistMaximum: places } = fresh;
        const texts = [fresh.Department, this.names.of(fresh.InstructorID) ?? "", `${number(taken)} / ${number(most)}`, `${number(waiting)} / ${number(places)}`, STATES[fresh.State]];
        texts.forEach((text, at) => setText(cells[at + 1], text));
      },
    };
  }

  #learn(facts) {
    this.edit?.update(facts);
    this.names.learn([facts.InstructorID]).catch(() => {});
  }

  #changed(facts) {
    if (this.view.facts?.ClassID === facts.ClassID) this.view.soon();
    this.refresher.soon();
  }

  async #edit(facts, instructor) {
    await this.#later("edit", import("./class-form.js"), ({ ClassForm }) =>
      new ClassForm(this.gateway, (changed) => this.#changed(changed)));
    if (!byId("registry").hidden) this.edit.open(facts, instructor);
  }

  async #enroll() {
    const [asked, { ClassID: id }, title] = [this.who.value.trim(), this.view.facts, this.#title];
    const found = (await findPeople(this.gateway, asked)).filter((one) => one.roles.includes("student"));
    if (!found.length) throw new Error(say.registry.noStudent(asked));
    if (found.length > 1) throw new Error(say.registry.several(asked, found.map((one) => one.username)));
    const [{ id: student, username }] = found;
    const reply = await this.gateway.ask("POST", `/registrar/students/${id}/${student}`).catch((error) => {
      throw error.code in say.ofStudent ? new Error(say.ofStudent[error.code](username)) : error;
    });
    const waits = reply.message === "Student added to waitlist";
    tell((waits ? say.registry.queued : say.registry.enrolled)(username, title));
    this.who.value = "";
    this.view.soon();
    return true;
  }

  async #remove() {
    const { ClassID: id, CurrentEnrollment: enrolled, CurrentWaitlist: waiting } = this.view.facts;
    const title = this.#title;
    if (!(await sure(say.registry.askRemove(title, enrolled, waiting), say.registry.yesRemove))) return;
    try {
      await this.gateway.ask("DELETE", `/registrar/remove/${id}`);
      tell(say.registry.removed(title));
      leavePlace();
      this.#arrive({});
    } catch (error) {
      if (error.status !== 401) tell(error.message, "bad");
    }
  }

  #report(error) {
    trouble("registry", error?.status === 401 ? null : error);
  }
}
