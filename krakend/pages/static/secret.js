// What my webhooks are signed with, in the dialog about notices: shown when it is asked for, and replaced.

import { sure } from "./confirm-dialog.js";
import { byId, setText, whileDisabled } from "./dom.js";
import { say } from "./language.js";
import { moment } from "./words.js";

const PATH = "/student/subscribe/secret";

export class SigningSecret {
  #asked = 0;

  /** `fail(error)` when it cannot be had. */
  constructor(gateway, fail) {
    this.gateway = gateway;
    this.fail = fail;
    const part = byId("notify-signed");
    part.addEventListener("toggle", () => (part.open ? this.#ask("GET", PATH) : this.forget()));
    byId("notify-rotate").addEventListener("click", () => whileDisabled(byId("notify-rotate"), () => this.#rotate()));
  }

  /** Nobody reads it over a shoulder later. */
  forget() {
    this.#asked += 1;
    byId("notify-signed").open = false;
    setText(byId("notify-secret"), "");
    setText(byId("notify-old"), "");
  }

  async #rotate() {
    if (await sure(say.secret.askRotate, say.secret.yesRotate)) await this.#ask("POST", `${PATH}/rotate`);
    byId("notify-rotate").focus();
  }

  async #ask(method, path) {
    const asked = (this.#asked += 1);
    try {
      const { secret, old_until: until } = await this.gateway.ask(method, path);
      if (asked !== this.#asked) return;
      setText(byId("notify-secret"), secret);
      setText(byId("notify-old"), until ? say.secret.old(moment(until)) : "");
    } catch (error) {
      if (asked === this.#asked) this.fail(error);
    }
  }
}
