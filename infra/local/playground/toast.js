// A sentence at the edge of the page, for what went wrong or what a disabled button would have done.

import { byId, h } from "./dom.js";
import { icon } from "./icons.js";

/** Shows a sentence for some seconds. `tone`: `error` or `info`. */
export function toast(sentence, tone = "error") {
  const shelf = byId("toasts");
  const close = h("button", { class: "toast-close", type: "button", "aria-label": "Dismiss" }, icon("close"));
  const note = h("div", { class: `toast toast-${tone}`, role: tone === "error" ? "alert" : "status" },
    icon(tone === "error" ? "alert" : "bolt"), h("p", {}, sentence), close);
  const leave = () => note.remove();
  close.addEventListener("click", leave);
  // Whoever reads slowly keeps it by pointing at it.
  let timer = setTimeout(leave, 7000);
  note.addEventListener("pointerenter", () => clearTimeout(timer));
  note.addEventListener("pointerleave", () => {
    timer = setTimeout(leave, 2500);
  });
  while (shelf.children.length > 3) shelf.firstElementChild.remove();
  shelf.append(note);
}
