// People by name or address, for registrars: their roles, their classes, and why they are where they are.

import { button, element, setText, show, whileDisabled } from "./dom.js";
import { field } from "./forms.js";
import { say } from "./language.js";
import { tell } from "./toasts.js";
import { linkTo } from "./place.js";
import { moment, storyText } from "./words.js";

const ROLES = ["student", "instructor", "registrar"];

/** Who has this user name or this address. */
export async function findPeople(gateway, asked) {
  const query = new URLSearchParams(asked.includes("@") ? { email: asked } : { name: asked });
  return (await gateway.ask("GET", `/registrar/people?${query}`)).people;
}

export class PeopleView {
  constructor(gateway) {
    this.gateway = gateway;
    this.title = element("h2", { textContent: say.people.title, tabIndex: -1 });
    const find = field("people-find", say.people.find, { type: "search", required: true, maxLength: 254, autocapitalize: "none", spellcheck: false });
    this.input = find.input;
    const submit = element("button", { type: "submit", textContent: say.people.submit });
    const form = element("form", { className: "row fields" }, find.node, submit);
    this.problem = element("p", { className: "problem" });
    this.problem.setAttribute("role", "status");
    this.list = element("ul", { className: "cards" });
    this.node = element("div", {}, this.title, form, this.problem, this.list);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      whileDisabled(submit, () => this.#find());
    });
  }

  open() {
    show(this.node, true);
    this.title.focus();
  }

  close() {
    show(this.node, false);
  }

  forget() {
    this.input.value = "";
    this.list.replaceChildren();
    setText(this.problem, "");
  }

  async #find() {
    const asked = this.input.value.trim();
    setText(this.problem, "");
    try {
      const people = await findPeople(this.gateway, asked);
      this.list.replaceChildren(...people.map((person) => this.#makePerson(person)));
      if (!people.length) setText(this.problem, say.people.none(asked));
    } catch (error) {
      setText(this.problem, error.message);
    }
  }

  #makePerson(person) {
    const boxes = ROLES.map((role) => {
      const box = element("input", { type: "checkbox", value: role, checked: person.roles.includes(role) });
      return { box, node: element("label", { className: "check" }, box, ` ${say.people.roleNames[role]}`) };
    });
    const legend = element("legend", { textContent: `${say.people.roles}: ${person.username}`, className: "unseen" });
    const save = button(say.people.save, "quiet", () => this.#save(person, boxes.map((one) => one.box)));
    const roles = element("fieldset", { className: "row" }, legend, ...boxes.map((one) => one.node), save);
    const classes = element("ul", { className: "plain" });
    const look = button(say.people.classes, "link", () => this.#showClasses(person, classes));
    look.setAttribute("aria-label", `${say.people.classes}: ${person.username}`);
    const name = element("h3", { textContent: person.username });
    const mail = element("p", { className: "hint" }, element("a", { href: `mailto:${person.email}`, textContent: person.email }));
    return element("li", { className: "card person" }, element("div", { className: "what" }, name, mail), roles, look, classes);
  }

  async #save(person, boxes) {
    await this.#quietly(async () => {
      const roles = boxes.filter((box) => box.checked).map((box) => box.value);
      await this.gateway.ask("PUT", `/registrar/roles/${person.id}`, { roles });
      tell(say.people.saved(person.username));
    });
  }

  async #showClasses(person, list) {
    await this.#quietly(async () => {
      const { Enrollments: held } = await this.gateway.ask("GET", `/registrar/enrollments/${person.id}`);
      list.replaceChildren(...held.map((facts) => this.#makeHeld(person, facts)));
      if (!held.length) list.replaceChildren(element("li", { className: "hint", textContent: say.people.noClasses }));
    });
  }

  #makeHeld(person, facts) {
    const title = say.names.class(facts);
    const link = element("a", { href: linkTo({ class: facts.ClassID }), textContent: title });
    const story = element("ol", { className: "plain" });
    const why = button(say.people.why, "link", () => this.#tellWhy(person, facts, story));
    why.setAttribute("aria-label", say.people.whyLabel(title));
    return element("li", {}, link, ` ${say.people.states[facts.EnrollmentState]} `, why, story);
  }

  async #tellWhy(person, facts, story) {
    await this.#quietly(async () => {
      const { entries } = await this.gateway.ask("GET", `/registrar/history/${facts.ClassID}/${person.id}`);
      story.replaceChildren(...entries.map((one) => element("li", { textContent: `${moment(one.at)}: ${storyText(one)}` })));
    });
  }

  async #quietly(work) {
    try {
      await work();
    } catch (error) {
      if (error.status !== 401) tell(error.message, "bad");
    }
  }
}
