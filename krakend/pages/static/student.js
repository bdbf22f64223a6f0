// The student's desk: what is asked for when, and what follows from it.

import { sure } from "./confirm-dialog.js";
import { byId, show } from "./dom.js";
import { learn, say } from "./language.js";
import { MyClasses } from "./my-classes.js";
import { Names } from "./names.js";
import { tell, trouble } from "./toasts.js";
import { NoticesDialog } from "./notify.js";
import { OpenClasses } from "./open.js";
import { Refresher } from "./refresher.js";
import { SentNotices, outcomeOf, whereTo } from "./sent.js";
import { StudentState } from "./state.js";
import { SwapDialog } from "./swap.js";
import { WhyDialog } from "./why.js";
import { isSameCourse, title } from "./words.js";

await learn("student");

// A browser has six connections for all tabs of the page: only so many lines are waited for, the others are asked about.
const MOST_HELD = 2;
const WAIT_S = 25;
const CROWDED_MS = 15_000; // so long nobody tries again to wait where nobody may
const EVERY_MS = { list: 3_000, enrollments: 8_000, positions: 1_500, deliveries: 4_000, subscriptions: 20_000 };

export class StudentDesk {
  #state = new StudentState();
  #answered = new Set(); // names of what has been asked for once, with whatever outcome
  #watchedSent = false;
  #held = new Set(); // class ids whose line we wait for to move
  #holdAgainAt = 0;
  #isNaming = false;
  #refused = null; // what came of waiting, for the next round to report

  constructor(gateway) {
    this.gateway = gateway;
    this.names = new Names(gateway, "/student/instructors");
    this.open = new OpenClasses((facts) => this.#enroll(facts), () => this.refreshers.list.soon());
    this.mine = new MyClasses({
      drop: (facts) => this.#drop(facts),
      leave: (facts) => this.#leave(facts),
      notices: (facts) => this.notices.open(facts, this.#state.subscribed.has(facts.ClassID), this.email),
      pause: (facts) => this.#pause(facts),
      resume: (facts) => this.#resume(facts),
      accept: (facts) => this.#accept(facts),
      decline: (facts) => this.#decline(facts),
      swap: (facts) => this.swapping.open(facts),
      swapHere: (facts) => this.#swapHere(facts, (held) => held.ClassID === facts.skipped_for),
      why: (facts) => this.why.open(facts),
    });
    this.swapping = new SwapDialog(gateway, (from, to) => this.#swap(from, to));
    this.why = new WhyDialog(gateway);
    this.notices = new NoticesDialog(gateway, () => this.refreshers.subscriptions.soon());
    this.sent = new SentNotices({
      older: (page) => this.#quietly(() => gateway.ask("GET", `/student/deliveries?page=${encodeURIComponent(page)}`)),
      redeliver: (one) => this.#say(() => gateway.ask("POST", `/student/deliveries/${one.id}/redeliver`), say.done.sentAgain),
      resume: (one) => this.#say(() => gateway.ask("POST", `/student/subscribe/${one.class_id}/resume`), say.done.webhooksResumed),
    }, (id) => this.#state.titleOf(id));
    const works = {
      list: () => this.#list(),
      enrollments: () => this.#load("/student/enrollments", (body) => this.#state.enrollments(body.Enrollments)),
      positions: () => this.#positions(),
      deliveries: () => this.#deliveries(),
      subscriptions: () => this.#load("/student/subscribe/list", (body) => this.#state.subscribe(body.subscriptions)),
    };
    this.refreshers = Object.fromEntries(
      Object.entries(works).map(([name, work]) => [
        name,
        new Refresher(() => work().finally(() => this.#reveal(name)), EVERY_MS[name], (error) => trouble(name, error?.status === 401 ? null : error)),
      ]),
    );
  }

  enter(session) {
    this.email = session.email;
    this.sent.open(session.id);
    show(byId("student"), true);
    for (const one of Object.values(this.refreshers)) one.start();
  }

  /** What stands below waits for what stands above, so that nothing is pushed down while somebody reads or clicks. */
  #reveal(name) {
    this.#answered.add(name);
    const are = (...names) => names.every((each) => this.#answered.has(each));
    show(byId("open-part"), are("enrollments"));
    show(byId("sent-part"), are("enrollments", "list"));
  }

  leave() {
    for (const one of Object.values(this.refreshers)) one.stop();
    this.#answered.clear();
    for (const id of ["open-part", "sent-part"]) show(byId(id), false);
    this.#state = new StudentState();
    this.#watchedSent = this.#isNaming = false;
    this.#held.clear();
    this.#refused = null;
    this.open.forget();
    this.sent.forget();
    this.#render();
    show(byId("student"), false);
  }

  async #list() {
    const path = this.open.path;
    const takeIn = (body) => (path === this.open.path ? this.#state.list(body.Classes) : []);
    await this.#load(path, takeIn);
  }

  /** Takes in what a route says, unless the student has acted meanwhile: then it is old already. */
  async #load(path, takeIn) {
    const state = this.#state;
    const acted = state.acted;
    const body = await this.gateway.refresh(path);
    if (state !== this.#state || acted !== state.acted) return;
    const waitedFor = new Set(state.waitedFor);
    const happened = takeIn(body) ?? [];
    this.#render();
    this.#learnNames(state);
    if (state.waitedFor.some((id) => !waitedFor.has(id))) this.refreshers.positions.soon();
    for (const { text, kind } of happened) tell(text, kind);
    if (happened.length) this.refreshers.deliveries.soon();
  }

  /** Names are a help: the page waits for none of them. */
  async #learnNames(state) {
    const ids = [...state.mine, ...state.open].map((facts) => facts.InstructorID);
    if (ids.every((id) => this.names.isKnown(id)) || this.#isNaming) return;
    this.#isNaming = true;
    await this.names.learn(ids).then(() => state === this.#state && this.#render()).catch(() => {});
    this.#isNaming = false;
  }

  async #positions() {
    const [state, refused] = [this.#state, this.#refused];
    this.#refused = null;
    if (refused) throw refused;
    const asked = state.waitedFor.filter((id) => !this.#held.has(id)).map(async (id) => {
      try {
        state.places.set(id, await this.gateway.refresh(`/student/waitlist/${id}`));
        this.#waitForNews(state, id);
      } catch (error) {
        if (error.status !== 404) throw error;
        state.places.delete(id);
        this.refreshers.enrollments.soon(); // no longer in that line: why, the enrollments say
        this.refreshers.list.soon();
      }
    });
    const done = await Promise.allSettled(asked);
    this.#render();
    const failed = done.find((one) => one.status === "rejected");
    if (failed) throw failed.reason;
  }

  /** Goes on by itself; what comes of it is shown, and what is refused is reported by the next round. */
  async #waitForNews(state, id) {
    const isRoom = this.#held.size < MOST_HELD && Date.now() >= this.#holdAgainAt;
    if (document.hidden || state !== this.#state || !isRoom) return;
    this.#held.add(id);
    const outcome = await this.gateway.news(`/student/waitlist/${id}`, WAIT_S).catch((error) => ({ error }));
    if (state !== this.#state) return;
    this.#held.delete(id);
    this.#takeNews(state, id, outcome);
  }

  #takeNews(state, id, { value, isNew, waited, error }) {
    if (error?.status === 0) return; // cut off on the way, as every gateway does that is renewed: the next round asks
    if (error && error.status !== 404) this.#refused = error;
    if (!error && !waited) this.#holdAgainAt = Date.now() + CROWDED_MS;
    if (isNew) {
      state.places.set(id, value);
      this.#render();
    }
    // A line that moves again and again is looked at once a round: each who waits would ask as often as it moves.
    if (error) this.refreshers.positions.soon();
  }

  async #deliveries() {
    const state = this.#state;
    const page = await this.gateway.refresh("/student/deliveries");
    if (state !== this.#state) return;
    const fresh = this.sent.render(page);
    // The first answer is the past.
    if (this.#watchedSent) for (const one of fresh) tell(say.sent.news(whereTo(one), outcomeOf(one)));
    this.#watchedSent = true;
  }

  #render() {
    const { mine, dropped, areMineKnown, places, subscribed } = this.#state;
    const [titleOf, sectionOf] = [(id) => this.#state.titleOf(id), (id) => this.#state.sectionOf(id)];
    const nameOf = (id) => this.names.of(id);
    this.mine.render(mine, areMineKnown, { places, subscribed, titleOf, sectionOf, nameOf });
    this.mine.renderDropped(dropped);
    this.open.render(this.#state.open, this.#state.listed, this.#state.isListKnown, nameOf);
    this.sent.again();
  }

  async #enroll(facts) {
    await this.#act(facts, "POST", `/student/enroll/${facts.ClassID}`, (reply) => {
      const waiting = reply.message === "Student added to waitlist";
      tell((waiting ? say.done.queued : say.done.enrolled)(title(facts)));
      return waiting ? "WAITLISTED" : "ENROLLED";
    }, (error) => error.code === "seat_in_course" && this.#swapHere(facts, (held) => isSameCourse(held, facts)));
    byId(`mine-${facts.ClassID}`)?.focus(); // the card with the button is gone
  }

  async #drop(facts) {
    if (!(await sure(say.sure.drop(title(facts), facts.promotion === "offer"), say.sure.yesDrop))) return;
    await this.#act(facts, "DELETE", `/student/remove/${facts.ClassID}`, () => {
      tell(say.done.dropped(title(facts)));
      return "DROPPED";
    });
    byId("mine-title").focus();
  }

  async #leave(facts) {
    if (!(await sure(say.sure.leave(title(facts)), say.sure.yesLeave))) return;
    await this.#act(facts, "DELETE", `/student/waitlist/drop/${facts.ClassID}`, () => {
      tell(say.done.left(title(facts)));
      return "DROPPED";
    });
    byId("mine-title").focus();
  }

  async #pause(facts) {
    await this.#act(facts, "PUT", `/student/waitlist/${facts.ClassID}/pause`, () => {
      tell(say.done.paused(title(facts)));
      return "WAITLISTED";
    });
  }

  async #resume(facts) {
    await this.#act(facts, "DELETE", `/student/waitlist/${facts.ClassID}/pause`, () => {
      tell(say.done.resumed(title(facts)));
      return "WAITLISTED";
    });
  }

  async #accept(facts) {
    await this.#act(facts, "POST", `/student/offer/${facts.ClassID}/accept`, () => {
      tell(say.done.seat(title(facts)), "good");
      return "ENROLLED";
    });
  }

  async #decline(facts) {
    if (!(await sure(say.sure.decline(title(facts)), say.sure.yesDecline))) return;
    await this.#act(facts, "POST", `/student/offer/${facts.ClassID}/decline`, () => {
      tell(say.done.declined(title(facts)));
      return "DROPPED";
    });
    byId("mine-title").focus();
  }

  async #swap(from, to) {
    await this.#act(to, "POST", `/student/swap/${from.ClassID}/${to.ClassID}`, (reply) => {
      tell((reply.swapped ? say.done.swapped : say.done.swapAsked)(title(from), title(to)));
      if (reply.swapped) this.#state.act(from, "DROPPED");
      return reply.swapped ? "ENROLLED" : "WAITLISTED";
    });
    byId(`mine-${to.ClassID}`)?.focus();
  }

  /** For the seat that keeps the student from one here; false: there is none that is known. */
  async #swapHere(facts, isIt) {
    const held = this.#state.mine.find((one) => one.EnrollmentState === "ENROLLED" && isIt(one));
    if (!held) return false;
    if (await sure(say.sure.swap(say.names.section(held), say.names.section(facts)), say.sure.yesSwap)) await this.#swap(held, facts);
    return true;
  }

  /** `refused`: what becomes of a refusal; if that is nothing (false), it is told. */
  async #act(facts, method, path, stateAfter, refused = async () => false) {
    try {
      const reply = await this.gateway.ask(method, path);
      this.#state.act(facts, stateAfter(reply));
      this.#render();
    } catch (error) {
      if (error.status !== 401 && !(await refused(error))) tell(error.message, "bad");
    }
    for (const name of ["enrollments", "list", "positions"]) this.refreshers[name].soon();
  }

  async #say(work, done) {
    if (await this.#quietly(work)) tell(done);
    this.refreshers.deliveries.soon();
  }

  async #quietly(work) {
    try {
      return await work();
    } catch (error) {
      if (error.status !== 401) tell(error.message, "bad");
      return null;
    }
  }
}

