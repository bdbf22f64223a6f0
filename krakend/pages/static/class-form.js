// The registrar's form for a class: adding one, or changing one with how its seats are given.

import { element, setText, show } from "./dom.js";
import { FormDialog, field } from "./forms.js";
import { say } from "./language.js";
import { tell } from "./toasts.js";
import { seatedWith } from "./seating-progress.js";

const DAY_S = 86_400;
const POLICY = ["promotion", "window", "one_section"];
const NEW = {
  section_number: 1, max_capacity: 30, waitlist_maximum: 15, status: "active", promotion: "automatic",
  window: DAY_S / 60, one_section: "no",
};

/** Adding a class, or changing one. */
export class ClassForm {
  #facts = null;
  #given = {};
  #openings = 0;

  constructor(gateway, changed) {
    this.gateway = gateway;
    this.changed = changed;
    this.dialog = new FormDialog("class-form", say.registry.save, () => this.#save());
    this.node = this.dialog.node;
    const text = { required: true, maxLength: 100 };
    const name = say.registry.fields;
    this.fields = {
      course_code: field("class-course", name.course_code, text),
      section_number: field("class-section", name.section_number, { type: "number", required: true, min: 1 }),
      class_name: field("class-title", name.class_name, text),
      department: field("class-department", name.department, text),
      instructor: field("class-instructor", name.instructor, { required: true, maxLength: 64, autocapitalize: "none", spellcheck: false }),
      max_capacity: field("class-seats", name.max_capacity, { type: "number", required: true, min: 1, max: 100000 }),
      waitlist_maximum: field("class-places", name.waitlist_maximum, { type: "number", required: true, min: 0, max: 100000 }),
      status: field("class-status", name.status, {}, say.names.states),
      promotion: field("class-promotion", name.promotion, {}, say.registry.promotions),
      window: field("class-window", name.window, { type: "number", required: true, min: 1, max: 10080 }),
      one_section: field("class-one-section", name.one_section, {}, say.registry.oneSection),
    };
    this.preview = element("p", { className: "hint" });
    this.preview.setAttribute("role", "status");
    this.fields.max_capacity.node.append(this.preview); // on a phone the end of the form is far from it
    this.rule = element("p", { className: "hint", id: "class-one-section-hint", textContent: say.registry.oneSectionHint });
    this.fields.one_section.input.setAttribute("aria-describedby", this.rule.id);
    this.dialog.content.className = "fields";
    this.dialog.content.append(...Object.values(this.fields).map((one) => one.node), this.rule);
    this.fields.promotion.input.addEventListener("input", () => {
      this.#showWindow();
      this.#preview();
    });
    this.fields.max_capacity.input.addEventListener("input", () => this.#preview());
  }

  /** `facts` null: a new class. */
  open(facts, instructor) {
    this.#learn(facts);
    this.#openings += 1;
    const given = { ...NEW, ...this.#given, instructor };
    this.#given.instructor = instructor;
    for (const [name, { input }] of Object.entries(this.fields)) input.value = given[name] ?? "";
    this.#showWindow();
    this.#preview();
    this.dialog.open(facts ? `${say.registry.edit}: ${say.names.class(facts)}` : say.registry.add);
  }

  /** What became of the class meanwhile; what the fields were given stays. */
  update(facts) {
    if (this.#facts?.ClassID !== facts.ClassID) return;
    this.#facts = facts;
    this.#preview();
  }

  #learn(facts) {
    this.#facts = facts;
    this.#given = facts
      ? { class_name: facts.ClassName, department: facts.Department, max_capacity: facts.MaxCapacity,
          waitlist_maximum: facts.WaitlistMaximum, status: facts.State, promotion: facts.promotion,
          window: Math.ceil((facts.offer_window_s || DAY_S) / 60),
          one_section: facts.one_section === "off" ? "no" : "yes" }
      : { promotion: NEW.promotion, window: NEW.window, one_section: NEW.one_section };
    for (const name of ["course_code", "section_number"]) {
      show(this.fields[name].node, !facts);
      this.fields[name].input.disabled = Boolean(facts);
    }
  }

  #showWindow() {
    const offers = this.fields.promotion.input.value === "offer";
    show(this.fields.window.node, offers);
    this.fields.window.input.disabled = !offers;
  }

  #preview() {
    if (!this.#facts) return setText(this.preview, "");
    const seats = Number(this.fields.max_capacity.input.value);
    const { CurrentEnrollment: enrolled, open_offers: offered } = this.#facts;
    const moved = say.registry.preview(seatedWith(seats, this.#facts), this.fields.promotion.input.value === "offer");
    return setText(this.preview, seats < enrolled + offered ? say.registry.fewer(enrolled, offered) : moved);
  }

  async #save() {
    const title = this.#facts ? say.registry.saved : say.registry.added;
    const body = {};
    for (const [name, { input }] of Object.entries(this.fields)) {
      // Of a class only what was changed: somebody else may be changing the rest.
      if (input.disabled || POLICY.includes(name) || (this.#facts && !this.#isChanged(name))) continue;
      body[name] = input.type === "number" ? Number(input.value) : input.value.trim();
    }
    const [policy, opening, isNew] = [this.#policy(), this.#openings, !this.#facts];
    let facts = this.#facts; // of this class, also when another one is edited meanwhile
    const send = async (method, path, sent) => {
      facts = (await this.gateway.ask(method, path, sent)).class_details;
      if (opening === this.#openings) this.#learn(facts);
    };
    // What is done stays done, whatever becomes of the rest. New seats are given as the new policy says.
    if (isNew) await send("POST", "/registrar/classes", body);
    if (policy) await send("PUT", `/registrar/policy/${facts.ClassID}`, policy);
    if (!isNew && Object.keys(body).length) await send("PATCH", `/registrar/classes/${facts.ClassID}`, body);
    if (policy || Object.keys(body).length) {
      tell(title(say.names.class(facts)));
      this.changed(facts);
    }
    return true;
  }

  #isChanged(name) {
    const { input } = this.fields[name];
    return !input.disabled && input.value !== String(this.#given[name] ?? "");
  }

  /** How free seats are given, and how many sections may be held; null: as it is. */
  #policy() {
    if (!POLICY.some((name) => this.#isChanged(name))) return null;
    const { promotion, window, one_section: rule } = this.fields;
    const policy = { promotion: promotion.input.value };
    if (policy.promotion === "offer") policy.offer_window_s = 60 * Number(window.input.value);
    if (this.#isChanged("one_section")) policy.one_section = rule.input.value === "yes";
    return policy;
  }
}
