// Two dialogs' worth of courtesy: asking before something is given up.

import { byId } from "./dom.js";

/** Whether the person is sure. Escape means no. */
export function sure(question, yes) {
  const dialog = byId("sure");
  byId("sure-text").textContent = question;
  byId("sure-yes").textContent = yes;
  dialog.returnValue = "";
  return new Promise((resolve) => {
    byId("sure-yes").onclick = () => dialog.close("yes");
    byId("sure-no").onclick = () => dialog.close("");
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
    dialog.showModal();
    byId("sure-no").focus();
  });
}
