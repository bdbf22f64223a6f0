// Logging in and registering, a new password for who forgot theirs, and what the links of such mails lead to.

import { byId, setText, show, whileDisabled } from "./dom.js";
import { language, say } from "./language.js";
import { post } from "./session.js";

// What each asks for, and what leads away from it.
const MODES = {
  logIn: { fields: ["name", "password"], others: ["register", "forgot"] },
  register: { fields: ["name", "email", "password"], isNew: true, others: ["logIn"] },
  forgot: { fields: ["name"], others: ["logIn"] },
  reset: { fields: ["password"], isNew: true, others: [] },
  verify: { fields: [], others: [] },
};

export class Login {
  #mode = "logIn";
  #token = null; // of the link that was followed

  /** `onReply` gets the reply to the login; `onDone` is called after a link has done what it is for. */
  constructor(gateway, onReply, onDone) {
    this.gateway = gateway;
    this.onReply = onReply;
    this.onDone = onDone;
    byId("login-form").addEventListener("submit", (event) => {
      event.preventDefault();
      whileDisabled(byId("login-submit"), () => this.#enter());
    });
    for (const id of ["login-switch", "login-forgot"]) byId(id).addEventListener("click", () => this.#switch(byId(id).value));
  }

  /** `why` is said above the button: that the last login has ended, for one. */
  open(why = "") {
    byId("login-form").reset();
    this.#switch("logIn");
    setText(byId("login-problem"), why);
    show(byId("login"), true);
    byId("username").focus();
  }

  /** A link of a mail led here; `purpose` is reset or verify. Nothing is done until somebody says so. */
  follow(purpose, token) {
    this.#token = token;
    byId("login-form").reset();
    this.#switch(purpose);
    show(byId("login"), true);
    (purpose === "reset" ? byId("password") : byId("login-submit")).focus();
  }

  /** What has been done, after which one may log in. */
  done(text) {
    setText(byId("login-done"), text);
  }

  close() {
    byId("login-form").reset();
    show(byId("login"), false);
  }

  #switch(mode) {
    const { fields, isNew = false, others } = MODES[mode];
    this.#mode = mode;
    setText(byId("login-form-title"), say.login.titles[mode]);
    setText(byId("login-submit"), say.login.verbs[mode]);
    setText(byId("login-problem"), "");
    setText(byId("login-done"), "");
    for (const [at, id] of ["login-switch", "login-forgot"].entries()) {
      show(byId(id), at < others.length);
      byId(id).value = others[at] ?? "";
      setText(byId(id), others[at] ? say.login.links[others[at]] : "");
    }
    for (const [name, id] of [["name", "username"], ["email", "email"], ["password", "password"]]) {
      show(byId(`${name}-field`), fields.includes(name));
      byId(id).required = fields.includes(name);
    }
    show(byId("password-rule"), isNew);
    byId("password").minLength = isNew ? 8 : 0;
    byId("password").autocomplete = isNew ? "new-password" : "current-password";
    if (isNew) byId("password").setAttribute("aria-describedby", "password-rule");
    else byId("password").removeAttribute("aria-describedby");
  }

  async #enter() {
    const mode = this.#mode;
    setText(byId("login-problem"), "");
    setText(byId("login-done"), "");
    try {
      await this[`_${mode}`](byId("username").value.trim(), byId("password").value);
    } catch (error) {
      const lost = error.status === 404 || error.status === 405;
      const wrong = error.status === 401;
      setText(byId("login-problem"), lost ? say.login.nobodyThere : wrong ? say.login.wrong : error.message);
    }
  }

  async _logIn(username, password) {
    this.onReply(await this.gateway.ask("POST", "/user/login", { username, password, session: true }));
  }

  async _register(username, password) {
    await this.gateway.ask("POST", "/user/register", { username, email: byId("email").value.trim(), password });
    await this._logIn(username, password).catch((error) => {
      this.#switch("logIn"); // the account is there: to register again would be refused
      throw error;
    });
  }

  async _forgot(username) {
    await post("/user/password/forgot", { username, language });
    this.done(say.login.linkSent);
  }

  async _reset(_, password) {
    await post("/user/password/reset", { token: this.#token, new_password: password });
    this.onDone("reset", say.login.passwordSet);
  }

  async _verify() {
    await post("/user/email/verify", { token: this.#token });
    this.onDone("verify", say.login.verified);
  }
}
