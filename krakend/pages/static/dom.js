// Elements made and brought up to date in place, so that focus, selection and open parts stay where they are.

export const byId = (id) => document.getElementById(id);

/** element("p", {className: "hint"}, "text", child…); nothing is ever parsed as HTML. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** A button that is disabled while its work is under way. */
export function button(text, className, work) {
  const made = element("button", { type: "button", className, textContent: text });
  made.addEventListener("click", () => whileDisabled(made, work));
  return made;
}

export async function whileDisabled(control, work) {
  if (control.getAttribute("aria-disabled") === "true") return;
  // Not the attribute disabled: that would take the focus away.
  control.setAttribute("aria-disabled", "true");
  try {
    await work();
  } finally {
    control.removeAttribute("aria-disabled");
  }
}

/** Changes nothing when nothing is new: what did not change is not read out again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export const show = (node, visible) => {
  if (node.hidden === Boolean(visible)) node.hidden = !visible;
};

/** Whatever is asked or filled in was about what the page showed. */
export const closeDialogs = () => document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());

/** Makes the children of `list` those of `items`, in order. `make(item)` gives {node, update(item)} for a new key. */
export function keyed(make, keyOf) {
  const known = new Map();
  return (list, items) => {
    const keys = new Set(items.map(keyOf));
    for (const [key, part] of known) {
      if (!keys.has(key)) {
        part.node.remove();
        known.delete(key);
      }
    }
    items.forEach((item, position) => {
      const key = keyOf(item);
      if (!known.has(key)) known.set(key, make(item));
      const part = known.get(key);
      part.update(item);
      if (list.children[position] !== part.node) list.insertBefore(part.node, list.children[position] ?? null);
    });
  };
}
