// My account: changing the password.

import { button, element, setText, show } from "./dom.js";
import { FormDialog, field } from "./forms.js";
import { language, say } from "./language.js";
import { tell } from "./toasts.js";
import { post } from "./session.js";

export class AccountDialog {
  #session = null;

  /** `onReply` gets the reply to the change, which is that of a login. */
  constructor(onReply) {
    this.onReply = onReply;
    const name = { type: "text", autocomplete: "username", hidden: true, readOnly: true };
    this.name = element("input", name); // password managers look for it
    this.old = field("account-old", say.account.old, { type: "password", autocomplete: "current-password", required: true, maxLength: 128 });
    this.new = field("account-new", say.account.new, { type: "password", autocomplete: "new-password", required: true, minLength: 8, maxLength: 128 });
    const rule = element("p", { id: "account-rule", className: "hint", textContent: say.account.rule });
    this.new.input.setAttribute("aria-describedby", rule.id);
    this.dialog = new FormDialog("account-dialog", say.account.save, () => this.#save());
    this.unverified = element("p", { className: "hint" });
    this.unverified.setAttribute("role", "status");
    this.ask = button(say.account.askVerify, "quiet", () => this.#ask());
    this.verification = element("div", {}, this.unverified, this.ask);
    this.dialog.content.append(this.name, this.old.node, this.new.node, rule, this.verification);
    document.body.append(this.dialog.node);
  }

  open(session) {
    this.#session = session;
    this.name.value = session.username;
    this.old.input.value = this.new.input.value = "";
    show(this.verification, !session.isVerified);
    show(this.ask, true);
    setText(this.unverified, say.account.unverified(session.email));
    this.dialog.open(say.account.title(session.username));
    this.old.input.focus();
  }

  async #ask() {
    const { username, email } = this.#session;
    const password = this.old.input.value;
    const asked = password ? post("/user/email/ask", { username, password, language }) : Promise.reject(new Error(say.account.needsOld));
    try {
      await asked;
      this.dialog.say("");
      setText(this.unverified, say.account.linkSent(email));
      show(this.ask, false);
    } catch (error) {
      this.dialog.say(error.status === 401 ? say.account.wrong : error.message);
    }
  }

  async #save() {
    const session = this.#session;
    const asked = { username: session.username, password: this.old.input.value, new_password: this.new.input.value };
    const reply = await post("/user/password", asked).catch((error) => {
      throw error.status === 401 ? new Error(say.account.wrong) : error;
    });
    if (session.id !== this.#session.id) return true; // somebody else has logged in since
    this.onReply(reply);
    tell(say.account.saved);
    return true;
  }
}
