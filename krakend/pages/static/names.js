// User names of people who are known by their ids.

const ASKED_AT_ONCE = 100;

export class Names {
  #known = new Map();

  /** `path`: of the route that takes `ids`. */
  constructor(gateway, path) {
    this.gateway = gateway;
    this.path = path;
  }

  of(id) {
    return this.#known.get(id);
  }

  /** Also of one that nobody has any more. */
  isKnown(id) {
    return this.#known.has(id);
  }

  /** Each is asked for once. */
  async learn(ids) {
    const unknown = [...new Set(ids)].filter((id) => !this.#known.has(id));
    for (let at = 0; at < unknown.length; at += ASKED_AT_ONCE) {
      const some = unknown.slice(at, at + ASKED_AT_ONCE);
      const [people] = Object.values(await this.gateway.ask("GET", `${this.path}?ids=${some}`));
      for (const id of some) this.#known.set(id, people.find((one) => one.id === id)?.username);
    }
  }
}
