// The dialog about notices of one class: subscribe, test, unsubscribe.

import { byId, element, setText, show, whileDisabled } from "./dom.js";
import { language, say } from "./language.js";
import { SigningSecret } from "./secret.js";
import { whereTo } from "./sent.js";
import { title } from "./words.js";

export class NoticesDialog {
  #facts = null;
  #isFilled = false; // with what there is, so that saving loses nothing that was not looked at

  /** `onChange(classId, subscribed)` after every change. */
  constructor(gateway, onChange) {
    this.gateway = gateway;
    this.onChange = onChange;
    this.secret = new SigningSecret(gateway, (error) => this.#answer(error.message));
    const dialog = byId("notify");
    byId("notify-close").addEventListener("click", () => dialog.close());
    byId("notify-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#act("notify-save", () => this.#subscribe());
    });
    dialog.addEventListener("close", () => this.secret.forget());
    byId("notify-url").addEventListener("input", () => this.#showWebhook());
    byId("notify-test").addEventListener("click", () => this.#act("notify-test", () => this.#test()));
    byId("notify-stop").addEventListener("click", () => this.#act("notify-stop", () => this.#unsubscribe()));
  }

  open(facts, subscribed, email) {
    this.#facts = facts;
    setText(byId("notify-title"), say.notices.title(title(facts)));
    byId("notify-email").value = subscribed ? "" : email;
    byId("notify-url").value = "";
    byId("notify-format").value = "message";
    this.#showWebhook();
    this.#showState(subscribed);
    this.#answer();
    byId("notify").showModal();
    this.#isFilled = !subscribed;
    if (subscribed) this.#act("notify-save", () => this.#fill(facts));
  }

  /** With what the subscription holds, since saving replaces all of it. */
  async #fill(facts) {
    const { email, proxyURL, format } = await this.gateway.ask("GET", `/student/subscribe/${facts.ClassID}`);
    if (this.#facts !== facts) return;
    this.#isFilled = true;
    byId("notify-format").value = format ?? "message";
    byId("notify-email").value ||= email ?? "";
    byId("notify-url").value ||= proxyURL ?? "";
    this.#showWebhook();
  }

  /** What concerns webhooks alone, while there is a URL for them. */
  #showWebhook() {
    show(byId("notify-webhook"), byId("notify-url").value.trim() !== "");
  }

  #showState(subscribed) {
    show(byId("notify-test"), subscribed);
    show(byId("notify-stop"), subscribed);
    setText(byId("notify-save"), subscribed ? say.notices.save : say.notices.tell);
  }

  #answer(problem = "", ...lines) {
    setText(byId("notify-problem"), problem);
    byId("notify-results").replaceChildren(...lines);
  }

  async #act(id, work) {
    await whileDisabled(byId(id), async () => {
      this.#answer();
      try {
        await work();
      } catch (error) {
        this.#answer(error.message);
      }
    });
  }

  async #subscribe() {
    const [email, proxyURL] = [byId("notify-email").value.trim(), byId("notify-url").value.trim()];
    if (!this.#isFilled) await this.#fill(this.#facts);
    if (!email && !proxyURL) throw new Error(say.notices.needed);
    // English is said by saying nothing.
    const body = { ...(email && { email }), ...(proxyURL && { proxyURL }), ...(language !== "en" && { language }) };
    const query = proxyURL ? `?format=${byId("notify-format").value}` : "";
    await this.gateway.ask("POST", `/student/subscribe/${this.#facts.ClassID}${query}`, body);
    this.#changed(true, say.notices.on);
  }

  async #unsubscribe() {
    await this.gateway.ask("DELETE", `/student/subscribe/remove/${this.#facts.ClassID}`);
    this.#changed(false, say.notices.off);
  }

  #changed(subscribed, message) {
    // What was pressed may be hidden now; the focus must not be lost with it.
    if (!subscribed) byId("notify-save").focus();
    this.#showState(subscribed);
    this.#answer("", element("li", { textContent: message }));
    this.onChange(this.#facts.ClassID, subscribed);
  }

  async #test() {
    this.#answer("", element("li", { textContent: say.notices.sending }));
    const { results } = await this.gateway.ask("POST", `/student/subscribe/${this.#facts.ClassID}/test`);
    const lines = results.map((one) =>
      element("li", { className: one.delivered ? "good" : "bad", textContent: outcome(one) }),
    );
    this.#answer("", ...lines);
  }
}

function outcome({ channel, target, delivered, status, duration_ms: ms, error }) {
  const answer = status ?? say.sent.noAnswer;
  const how = ms === null ? answer : say.notices.after(answer, ms);
  return say.notices.outcome(whereTo({ channel, target }), delivered ? say.notices.taken : error, how);
}
