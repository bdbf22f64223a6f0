// What is known about one student, and what has happened when something new is learned. Touches no page and no network.

import { say } from "./language.js";
import { title } from "./words.js";

const LAG_MS = 5_000; // an index of the database may show a new enrollment this much later

export class StudentState {
  /** How often the student has acted; what was asked for before an act is old after it. */
  acted = 0;
  isListKnown = false;
  areMineKnown = false;
  places = new Map();
  subscribed = new Set();
  #listed = new Map();
  #held = new Map();
  #own = new Map(); // class id → until when a difference to what the service says is our own doing

  list(classes) {
    this.isListKnown = true;
    this.#listed = new Map(classes.map((facts) => [facts.ClassID, facts]));
  }

  subscribe(classIds) {
    this.subscribed = new Set(classIds.map(Number));
  }

  /** Takes in what the student has a record of; returns [{text, kind}] of what happened without the student's doing. */
  enrollments(classes, now = Date.now()) {
    const before = this.#held;
    this.areMineKnown = true;
    const first = before.size === 0 && this.acted === 0;
    this.#held = new Map(classes.map((facts) => [facts.ClassID, facts]));
    for (const [id, until] of this.#own) {
      if (until <= now) this.#own.delete(id);
      else if (!this.#held.has(id)) this.#held.set(id, before.get(id));
    }
    if (first) return [];
    const seated = [...before.values()].filter((facts) => this.#held.get(facts.ClassID)?.EnrollmentState === "ENROLLED");
    const swapped = new Set(seated.map((facts) => facts.swap_from));
    return [...before.values()].flatMap((facts) => this.#happened(facts, this.#held.get(facts.ClassID), swapped));
  }

  /** `swapped`: classes given up for a seat that the student has now, as wished. */
  #happened(before, after, swapped) {
    const [was, is] = [before.EnrollmentState, after?.EnrollmentState ?? "DROPPED"];
    if (was === is || was === "DROPPED") return [];
    if (is === "ENROLLED") return [{ text: this.#howSeated(before), kind: "good" }];
    if (is !== "DROPPED" || swapped.has(before.ClassID)) return [];
    const lost = was === "ENROLLED" ? say.done.lostSeat : say.done.lostPlace;
    return [{ text: lost(title(before)), kind: "bad" }];
  }

  #howSeated(before) {
    const from = this.#held.get(before.swap_from);
    return from?.EnrollmentState === "DROPPED" ? say.done.swapped(title(from), title(before)) : say.done.seat(title(before));
  }

  /** The student did this: it counts at once, before the service is asked again. */
  act(facts, state, now = Date.now()) {
    this.acted += 1;
    this.#own.set(facts.ClassID, now + LAG_MS);
    this.#held.set(facts.ClassID, { ...facts, EnrollmentState: state });
    if (state !== "WAITLISTED") this.places.delete(facts.ClassID);
  }

  /** Classes with a seat or a place in line, by id, with the freshest facts there are. */
  get mine() {
    return [...this.#held.values()]
      .filter((facts) => facts.EnrollmentState !== "DROPPED")
      .map((facts) => ({ ...facts, ...this.#listed.get(facts.ClassID) }))
      .sort((one, other) => one.ClassID - other.ClassID);
  }

  /** Those the student has given up or lost, by title. */
  get dropped() {
    return [...this.#held.values()]
      .filter((facts) => facts.EnrollmentState === "DROPPED")
      .sort((one, other) => title(one).localeCompare(title(other)) || one.ClassID - other.ClassID);
  }

  titleOf(classId) {
    const facts = this.#held.get(classId) ?? this.#listed.get(classId);
    return facts ? title(facts) : say.names.unknown(classId);
  }

  /** As titleOf, and which of the course's sections it is. */
  sectionOf(classId) {
    const facts = this.#held.get(classId) ?? this.#listed.get(classId);
    return facts ? say.names.section(facts) : say.names.unknown(classId);
  }

  /** How many the service has listed. */
  get listed() {
    return this.#listed.size;
  }

  get open() {
    const taken = new Set(this.mine.map((facts) => facts.ClassID));
    return [...this.#listed.values()].filter((facts) => !taken.has(facts.ClassID));
  }

  get waitedFor() {
    return this.mine.filter((facts) => facts.EnrollmentState === "WAITLISTED").map((facts) => facts.ClassID);
  }
}
