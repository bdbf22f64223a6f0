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
    const [id, seats, places] = ["class", "seats", "places"].map((name) => encodeURIComponent(byId(`registry-${name}`).value));
    if (what === "capacity" && !(seats && places)) return this.#say("Give both: seats, and places in line", "bad");
    const path = what === "capacity" ? `/registrar/capacity/${id}/${seats}/${places}` : `/registrar/state/${id}/${what}`;
    try {
      const { message, class_details: facts } = await this.gateway.ask("PUT", path);
      const now = `${facts.CurrentEnrollment} of ${facts.MaxCapacity} seats, ${facts.CurrentWaitlist} of ${facts.WaitlistMaximum} in line`;
      return this.#say(`${message}. ${title(facts)}: ${now}, ${facts.State}`, "good");
    } catch (error) {
      return this.#say(error.message, "bad");
    }
  }

  #say(text, kind) {
    byId("registry-reply").className = kind;
    setText(byId("registry-reply"), text);
  }
}
