// Swagger UI for the gateway. A login that was executed fills "Authorize"; nothing of it is kept when the page is left.

const SCHEME = "token"; // its name in the OpenAPI
const LOGIN = "/user/login";

const ui = window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
  responseInterceptor: fillAuthorize,
  plugins: [accessible],
});

/** A path is text in the button that opens its operation: a link in a button is of no use to a keyboard. */
function accessible({ React }) {
  return { wrapComponents: { DeepLink: () => ({ text }) => React.createElement("span", null, text) } };
}

// The page's title is a second-level heading and its sections are of the third: no level is left out.
new MutationObserver(() => {
  for (const heading of document.querySelectorAll(":is(h3, h4, h5):not([aria-level])")) {
    heading.setAttribute("aria-level", Number(heading.tagName[1]) - 1);
  }
  document.querySelector(".servers select:not([aria-label])")?.setAttribute("aria-label", "Server");
}).observe(document.getElementById("swagger-ui"), { childList: true, subtree: true });

function fillAuthorize(response) {
  if (response.ok && new URL(response.url, location.href).pathname === LOGIN) {
    ui.preauthorizeApiKey(SCHEME, response.body.access_token);
    say(response.body.access_token);
  }
  return response;
}

function say(token) {
  const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const { username, roles } = JSON.parse(atob(payload));
  document.getElementById("login-news").textContent = `Logged in as ${username} (${roles.join(", ")})`;
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const adapt = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", adapt);
adapt();
