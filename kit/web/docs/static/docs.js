// Swagger UI. At first the page shows the list of operations that it came with, which needs no script. Swagger
// UI, many times as large, is fetched when that is there, and evaluated, which keeps a phone busy for a second, at the
// reader's first sign, or by itself after a while; it takes the list's place when it is ready. A login that was executed
// fills "Authorize"; nothing of it is kept when the page is left.

const { src, dataset } = document.currentScript;
const STYLE = new URL("swagger-ui.css", src).pathname;
const SCRIPT = new URL("swagger-ui-bundle.js", src).pathname;
const SIGNS = ["pointermove", "pointerdown", "touchstart", "wheel", "scroll", "keydown", "focusin", "hashchange"];
const FETCHED_AFTER_MS = 500; // the list is painted by then, and shares the network with nothing
const BY_ITSELF_AFTER_MS = 3_000;

const byId = (id) => document.getElementById(id);
let ui = null;
let isAsked = false;

for (const sign of SIGNS) addEventListener(sign, load, { once: true, passive: true, capture: true });
addEventListener("load", () => {
  if (location.hash) return load();
  setTimeout(fetchAhead, FETCHED_AFTER_MS);
  setTimeout(load, BY_ITSELF_AFTER_MS);
});

function fetchAhead() {
  for (const [as, href] of [["style", STYLE], ["script", SCRIPT]]) {
    add("link", { rel: "preload", as, href, fetchPriority: "low" }).catch(() => {}); // `load` says so
  }
}

async function load() {
  if (isAsked) return;
  isAsked = true;
  const news = setTimeout(() => tell("Loading Swagger UI…"), 1_000);
  try {
    await Promise.all([add("link", { rel: "stylesheet", href: STYLE }), add("script", { src: SCRIPT })]);
    begin();
  } catch {
    tell("Swagger UI could not be loaded. Load this page again to try it once more");
  } finally {
    clearTimeout(news);
  }
}

/** Before the page's own style sheet, whose rules count more. Rejects when it does not come. */
function add(tag, properties) {
  const node = Object.assign(document.createElement(tag), properties);
  const loaded = new Promise((resolve, reject) => Object.assign(node, { onload: resolve, onerror: reject }));
  document.querySelector("link[rel=stylesheet]").before(node);
  return loaded;
}

function begin() {
  ui = window.SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    filter: true,
    persistAuthorization: false,
    validatorUrl: null,
    responseInterceptor: fillAuthorize,
    plugins: [accessible, quick, oneByOne],
  });
}

/** What was chosen in the list meanwhile is open, what was read stays where it was, and the keyboard goes on from there. */
function takePlace() {
  const overview = byId("overview");
  if (!overview) return;
  const links = [...overview.querySelectorAll("li a")];
  const focused = links.find((link) => link === document.activeElement);
  const chosen = links.find((link) => link.hash === location.hash);
  const kept = chosen ?? links.find((link) => link.matches(":hover")) ?? focused ?? (scrollY ? links.find(isInView) : null);
  const top = kept && isInView(kept) ? topOf(kept) : 0;
  overview.remove();
  byId("swagger-ui").classList.remove("coming");
  tell("");
  if (chosen) ui.layoutActions.parseDeepLinkHash(chosen.hash);
  if (kept) scrollBy({ top: topOf(blockOf(kept)) - top, behavior: "instant" });
  if (focused) blockOf(chosen ?? focused).querySelector("button").focus({ preventScroll: true });
}

const topOf = (node) => node.getBoundingClientRect().top;
const isInView = (node) => topOf(node) >= 0 && topOf(node) < innerHeight;
const blockOf = (link) => byId(`operations-${link.hash.slice(2).replace("/", "-")}`) ?? byId("swagger-ui");

/** A path is text in the button that opens its operation: a link in a button is of no use to a keyboard. */
function accessible({ React }) {
  return { wrapComponents: { DeepLink: () => ({ text }) => React.createElement("span", null, text) } };
}

/**
 * Swagger UI reads the OpenAPI as YAML, and for each operation that is opened makes a model of all of it to follow its
 * references: 4 s on a phone. Ours is JSON, and its references lead into itself.
 */
function quick() {
  const parseToJson = (_, { specActions }) => (text) => specActions.updateJsonSpec(JSON.parse(text));
  const resolveSubtree = (openapi, path) => ({ spec: resolved(partOf(openapi, path), openapi), errors: [] });
  return { fn: { resolveSubtree }, statePlugins: { spec: { wrapActions: { parseToJson } } } };
}

const partOf = (openapi, path) => path.reduce((part, key) => part?.[key], openapi);

/** With what its references lead to in their places; what is within itself stays a reference there. */
function resolved(node, openapi, within = []) {
  if (node === null || typeof node !== "object") return node;
  if (Array.isArray(node)) return node.map((each) => resolved(each, openapi, within));
  const { $ref, ...own } = node;
  if (typeof $ref !== "string") {
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, resolved(value, openapi, within)]));
  }
  if (within.includes($ref)) return node;
  const there = partOf(openapi, $ref.split("/").slice(1)); // "#/components/schemas/…", and no name needs escapes
  return resolved({ ...there, ...own }, openapi, [...within, $ref]);
}

const undrawn = []; // operations, until each has had its turn

/** Behind the list each operation is drawn in a task of its own: all in one keep a phone busy for seconds. */
function oneByOne() {
  const inTurn = (Operation) => class extends Operation {
    state = { isDrawn: !byId("overview") };

    componentDidMount() {
      if (!this.state.isDrawn && undrawn.push(this) === 1) setTimeout(drawNext);
    }

    render() {
      return this.state.isDrawn ? super.render() : null;
    }
  };
  return { wrapComponents: { OperationContainer: inTurn } };
}

function drawNext() {
  undrawn.shift().setState({ isDrawn: true }, () => setTimeout(undrawn.length ? drawNext : takePlace));
}

// What Swagger UI leaves out, by attribute: selector → what it should be. Its title is a second-level heading and its
// sections are of the third: no level is left out. Replies that are too wide or long are scrolled by keyboard, too.
const MISSING = {
  "aria-level": { ":is(h3, h4, h5)": (heading) => Number(heading.tagName[1]) - 1 },
  "aria-label": {
    ".servers select": () => "Server",
    ".copy-to-clipboard button": () => "Copy",
    ".responses-table[role=region]": (table) => `Responses: ${table.id}`,
  },
  tabindex: { "pre.microlight": () => 0 },
};
new MutationObserver(() => {
  for (const [attribute, places] of Object.entries(MISSING)) {
    for (const [selector, valueOf] of Object.entries(places)) {
      for (const node of document.querySelectorAll(`#swagger-ui ${selector}:not([${attribute}])`)) {
        node.setAttribute(attribute, valueOf(node));
      }
    }
  }
}).observe(byId("swagger-ui"), { childList: true, subtree: true });

function fillAuthorize(response) {
  if (response.ok && new URL(response.url, location.href).pathname === dataset.login) {
    ui.preauthorizeApiKey(dataset.scheme, response.body.access_token);
    sayWho(response.body.access_token);
  }
  return response;
}

function sayWho(token) {
  const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const { username, roles } = JSON.parse(atob(payload));
  tell(`Logged in as ${username} (${roles.join(", ")})`);
}

function tell(text) {
  byId("news").textContent = text;
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const adapt = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", adapt);
adapt();
