// A chat as one side sees it: rows by scene id, so that a receipt changes a row in place and nothing jumps.

import { clock, day, h, refill } from "./dom.js";
import { draw } from "./content.js";
import { icon, ticks } from "./icons.js";
import { said, via } from "./store.js";

const TOGETHER_MS = 120_000;

/** Makes a transcript inside `box`. `tap(scene, text, payload)` is called for what the guest taps. */
export function transcript(box, { side, tap, avatar, empty }) {
  const rows = new Map();
  const rail = h("div", { class: "rows" });
  const typing = h("div", { class: "row theirs typing", hidden: true }, h("div", { class: "avatar-slot" }),
    h("div", { class: "bubble" }, h("span", { class: "dots", role: "img", "aria-label": "typing" }, h("i"), h("i"), h("i"))));
  const newest = h("button", { class: "newest", type: "button", hidden: true, "aria-label": "To the newest message" }, icon("down"));
  const scroller = h("div", { class: "scroller", tabindex: 0, role: "log", "aria-live": "polite", "aria-label": side === "platform" ? "The agent's transcript" : "The guest's chat" }, rail, typing);
  refill(box, scroller, newest);
  let lastDay = "";
  let last = null;
  let chat = null;

  const atEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 90;
  // Whoever is at the end stays there, also while a burst comes in; only a hand on the scroller lets go of it.
  let follows = true;
  let touched = 0;
  const toEnd = (smooth) => {
    follows = true;
    scroller.scrollTo({ top: scroller.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  };
  for (const hand of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    scroller.addEventListener(hand, () => {
      touched = Date.now();
    }, { passive: true });
  }
  newest.addEventListener("click", () => toEnd(true));
  scroller.addEventListener("scroll", () => {
    if (Date.now() - touched < 1000) follows = atEnd();
    if (atEnd()) newest.hidden = true;
  });
  // Pictures grow after they are put in, and the room shrinks when something opens below it.
  scroller.addEventListener("load", () => follows && toEnd(false), true);
  new ResizeObserver(() => follows && toEnd(false)).observe(scroller);

  const drawRow = (scene, grouped) => {
    const { node, bare, system } = draw(scene.content, { side, live: side === "channel" && scene.actor === "there", tap: (text, payload) => tap(scene, text, payload) });
    if (system || scene.actor === "system") return h("div", { class: "row system" }, h("span", {}, node));
    const mine = scene.actor === "here";
    const how = via(scene.detail);
    const shown = side === "platform" ? mine : mine && scene.status;
    return h("div", { class: `row ${mine ? "mine" : "theirs"}${grouped ? " follows" : ""}` },
      mine ? null : h("div", { class: "avatar-slot" }, grouped ? null : avatar(chat)),
      h("div", { class: "stack" },
        h("div", { class: bare ? "bare" : "bubble" }, node),
        scene.status === "failed" ? h("p", { class: "failure" }, icon("alert"), scene.reason || "This message could not be delivered.") : null),
      h("div", { class: "meta" },
        shown ? h("span", { class: "status", title: scene.reason ?? scene.status ?? "On its way" }, ticks(scene.status)) : null,
        how && side === "channel" && !mine ? h("span", { class: "via", title: `Delivered by the network's ${how} call` }, how) : null,
        h("time", { datetime: scene.at }, clock(scene.at))));
  };

  const append = (scene) => {
    const today = day(scene.at);
    if (today !== lastDay) {
      rail.append(h("div", { class: "row day" }, h("span", {}, today)));
      lastDay = today;
      last = null;
    }
    const grouped = last && last.actor === scene.actor && scene.content.type !== "note" && last.content.type !== "note"
      && new Date(scene.at) - new Date(last.at) < TOGETHER_MS;
    const row = drawRow(scene, grouped);
    rows.set(scene.id, { row, grouped });
    rail.append(row);
    last = scene;
    return row;
  };

  const showEmpty = () => {
    const none = rows.size === 0;
    box.querySelector(".empty")?.remove();
    if (none && empty) box.append(h("div", { class: "empty" }, empty(chat)));
  };

  return {
    /** Shows another chat, or the same one anew. */
    show(next, connector) {
      chat = next;
      rows.clear();
      rail.replaceChildren();
      lastDay = "";
      last = null;
      newest.hidden = true;
      typing.hidden = true;
      // What is read out are new messages, not a whole chat that was opened.
      scroller.setAttribute("aria-live", "off");
      if (chat) for (const scene of said(connector, chat.id)) append(scene);
      setTimeout(() => scroller.setAttribute("aria-live", "polite"), 300);
      showEmpty();
      toEnd(false);
    },
    /** Adds a scene, or changes its row. */
    put(scene) {
      const stay = follows || (!rows.has(scene.id) && scene.actor === "here");
      const old = rows.get(scene.id);
      if (old) {
        const row = drawRow(scene, old.grouped);
        old.row.replaceWith(row);
        rows.set(scene.id, { ...old, row });
      } else {
        append(scene).classList.add("arrives");
        showEmpty();
      }
      if (stay) toEnd(true);
      else if (!old) newest.hidden = false;
    },
    /** Shows or hides the three dots. */
    typing(on) {
      if (typing.hidden === !on) return;
      const stay = follows;
      refill(typing.firstElementChild, on && chat ? avatar(chat) : null);
      typing.hidden = !on;
      if (stay) toEnd(true);
    },
  };
}
