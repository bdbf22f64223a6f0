// Logging in and registering.

import { byId, setText, show, whileDisabled } from "./dom.js";
import { say } from "./language.js";

export class Door {
  #registering = false;

  /** `onReply` gets the reply to the login. */
  constructor(gateway, onReply) {
    this.gateway = gateway;
    this.onReply = onReply;
    byId("door-form").addEventListener("submit", (event) => {
      event.preventDefault();
      whileDisabled(byId("door-submit"), () => this.#enter());
    });
    byId("door-switch").addEventListener("click", () => this.#switch(!this.#registering));
  }

  /** `why` is said above the button: that the last login has ended, for one. */
  open(why = "") {
    byId("door-form").reset();
    this.#switch(false);
    setText(byId("door-problem"), why);
    show(byId("door"), true);
    byId("username").focus();
  }

  close() {
    byId("door-form").reset();
    show(byId("door"), false);
  }

  #switch(registering) {
    this.#registering = registering;
    const verb = registering ? say.door.register : say.door.logIn;
    setText(byId("door-form-title"), verb);
    setText(byId("door-submit"), verb);
    setText(byId("door-switch"), registering ? say.door.toLogIn : say.door.toRegister);
    setText(byId("door-problem"), "");
    show(byId("email-field"), registering);
    show(byId("password-rule"), registering);
    byId("email").required = registering;
    byId("password").minLength = registering ? 8 : 0;
    byId("password").autocomplete = registering ? "new-password" : "current-password";
    if (registering) byId("password").setAttribute("aria-describedby", "password-rule");
    else byId("password").removeAttribute("aria-describedby");
  }

  async #enter() {
    const username = byId("username").value.trim();
    const password = byId("password").value;
    setText(byId("door-problem"), "");
    try {
      if (this.#registering) {
        await this.gateway.ask("POST", "/user/register", { username, email: byId("email").value.trim(), password });
      }
      this.onReply(await this.gateway.ask("POST", "/user/login", { username, password, session: true }));
    } catch (error) {
      const lost = error.status === 404 || error.status === 405;
      const wrong = error.status === 401;
      setText(byId("door-problem"), lost ? say.door.nobodyThere : wrong ? say.door.wrong : error.message);
    }
  }
}
