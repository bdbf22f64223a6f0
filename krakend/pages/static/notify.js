// The dialog about notices of one class: subscribe, test, unsubscribe.

import { byId, element, setText, show, whileDisabled } from "./dom.js";
import { language, say } from "./language.js";
import { SigningSecret } from "./secret.js";
import { whereTo } from "./sent.js";
import { tell } from "./toasts.js";
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
      this.#act("notify-save", (facts) => this.#subscribe(facts));
    });
    dialog.addEventListener("close", () => this.secret.forget());
    byId("notify-url").addEventListener("input", () => this.#showWebhook());
    byId("notify-test").addEventListener("click", () => this.#act("notify-test", (facts) => this.#test(facts)));
    byId("notify-stop").addEventListener("click", () => this.#act("notify-stop", (facts) => this.#unsubscribe(facts)));
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

  /** `work(facts)`: of the class that the dialog is about now; it may be about another one when the reply comes. */
  async #act(id, work) {
    const facts = this.#facts;
    await whileDisabled(byId(id), async () => {
      this.#answer();
      try {
        await work(facts);
      } catch (error) {
        if (this.#isAbout(facts)) this.#answer(error.message);
        else if (error.status !== 401) tell(error.message, "bad");
      }
    });
  }

  #isAbout(facts) {
    return this.#facts === facts && byId("notify").open;
  }

  async #subscribe(facts) {
    if (!this.#isFilled) await this.#fill(facts);
    if (!this.#isAbout(facts)) return;
    const [email, proxyURL] = [byId("notify-email").value.trim(), byId("notify-url").value.trim()];
    if (!email && !proxyURL) throw new Error(say.notices.needed);
    // English is said by saying nothing.
    const body = { ...(email && { email }), ...(proxyURL && { proxyURL }), ...(language !== "en" && { language }) };
    const query = proxyURL ? `?format=${byId("notify-format").value}` : "";
    await this.gateway.ask("POST", `/student/subscribe/${facts.ClassID}${query}`, body);
    this.#changed(facts, true, say.notices.on);
  }

  async #unsubscribe(facts) {
    await this.gateway.ask("DELETE", `/student/subscribe/remove/${facts.ClassID}`);
    this.#changed(facts, false, say.notices.off);
  }

  #changed(facts, subscribed, message) {
    this.onChange(facts.ClassID, subscribed);
    if (!this.#isAbout(facts)) return;
    // What was pressed may be hidden now; the focus must not be lost with it.
    if (!subscribed) byId("notify-save").focus();
    this.#showState(subscribed);
    this.#answer("", element("li", { textContent: message }));
  }

  async #test(facts) {
    this.#answer("", element("li", { textContent: say.notices.sending }));
    const { results } = await this.gateway.ask("POST", `/student/subscribe/${facts.ClassID}/test`);
    if (!this.#isAbout(facts)) return;
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
