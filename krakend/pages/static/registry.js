// For registrars: how many may sit and wait in a class, and whether it takes newcomers.

import { byId, setText, show, whileDisabled } from "./dom.js";
import { title } from "./words.js";

export class RegistryDesk {
  constructor(gateway) {
    this.gateway = gateway;
    byId("registry-form").addEventListener("submit", (event) => {
      event.preventDefault();
      whileDisabled(event.submitter, () => this.#change(event.submitter.value));
    });
  }

  enter() {
    show(byId("registry"), true);
  }

  leave() {
    byId("registry-form").reset();
    setText(byId("registry-reply"), "");
    show(byId("registry"), false);
  }

  async #change(what) {
    const given = ["class", "seats", "places"].map((name) => byId(`registry-${name}`).value);
    const [id, seats, places] = given.map(encodeURIComponent);
    if (what === "capacity" && !(seats && places)) return this.#say("Give both: seats, and places in line", "bad");
    const change = what === "capacity" ? `capacity/${id}/${seats}/${places}` : `state/${id}/${what}`;
    try {
      const { message, class_details: facts } = await this.gateway.ask("PUT", `/registrar/${change}`);
      const seated = `${facts.CurrentEnrollment} of ${facts.MaxCapacity} seats`;
      const waiting = `${facts.CurrentWaitlist} of ${facts.WaitlistMaximum} in line`;
      return this.#say(`${message}. ${title(facts)}: ${seated}, ${waiting}, ${facts.State}`, "good");
    } catch (error) {
      return this.#say(error.message, "bad");
    }
  }

  #say(text, kind) {
    byId("registry-reply").className = kind;
    setText(byId("registry-reply"), text);
  }
}
