// For instructors: who sits, waits and dropped in a class, and dropping a student.

import { sure } from "./asking.js";
import { button, byId, element, keyed, setText, show } from "./dom.js";
import { tell, trouble } from "./news.js";
import { Refresher } from "./refresher.js";

const EVERY_MS = 5_000;
const LISTS = [
  { path: "enrolled", field: "Enrolled Students", name: "Enrolled" },
  { path: "waitlist", field: "Waitlist", name: "In line" },
  { path: "dropped", field: "Dropped Students", name: "Dropped" },
];

const idOf = (student) => student.StudentID ?? student.student_id;

export class TeachingDesk {
  #classId = null;
  #lists;

  constructor(gateway) {
    this.gateway = gateway;
    this.refresher = new Refresher(() => this.#load(), EVERY_MS, (error) => this.#report(error));
    this.#lists = LISTS.map((list) => this.#makeList(list));
    byId("teaching-lists").append(...this.#lists.map((list) => list.node));
    byId("teaching-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#classId = byId("teaching-class").value;
      show(byId("teaching-lists"), false);
      this.refresher.stop();
      this.refresher.start();
    });
  }

  enter() {
    show(byId("teaching"), true);
  }

  leave() {
    this.refresher.stop();
    this.#classId = null;
    byId("teaching-form").reset();
    show(byId("teaching-lists"), false);
    show(byId("teaching"), false);
  }

  #makeList(list) {
    const title = element("h3");
    const items = element("ul");
    const render = keyed((student) => this.#makeStudent(list, student), idOf);
    return {
      ...list,
      node: element("div", {}, title, items),
      update(students) {
        setText(title, `${list.name}: ${students.length}`);
        render(items, students);
      },
    };
  }

  #makeStudent(list, student) {
    const id = idOf(student);
    const node = element("li", {}, element("span", { textContent: `Student ${id}` }));
    if (list.path === "enrolled") {
      const drop = button("Drop", "link", () => this.#drop(id));
      drop.setAttribute("aria-label", `Drop student ${id}`);
      node.append(drop);
    }
    return { node, update: () => {} };
  }

  async #load() {
    const classId = this.#classId;
    // One after the other: the first refusal (another's class, no such class) is the answer for all.
    for (const list of this.#lists) {
      const students = await this.#students(list, classId);
      if (classId !== this.#classId) return;
      list.update(students);
    }
    show(byId("teaching-lists"), true);
  }

  async #students(list, classId) {
    try {
      return (await this.gateway.ask("GET", `/instructor/${list.path}/${encodeURIComponent(classId)}`))[list.field];
    } catch (error) {
      if (error.status === 404) return [];
      throw error;
    }
  }

  #report(error) {
    const own = error && !error.passes && error.status !== 401;
    setText(byId("teaching-problem"), own ? error.message : "");
    if (own) this.refresher.stop();
    trouble("teaching", own || error?.status === 401 ? null : error);
  }

  async #drop(studentId) {
    const question = `Drop student ${studentId} from class ${this.#classId}? The next in line gets the seat at once.`;
    if (!(await sure(question, "Drop the student"))) return;
    try {
      await this.gateway.ask("DELETE", `/instructor/drop/${this.#classId}/${studentId}`);
      tell(`Student ${studentId} was dropped from class ${this.#classId}`);
    } catch (error) {
      if (error.status !== 401) tell(error.message, "bad");
    }
    this.refresher.soon();
    byId("teaching-title").focus();
  }
}
