// The playground: a guest's phone beside an agent's desk, and the wire between them.

import { follow } from "./api.js";
import { agentDesk } from "./desk.js";
import { byId, refill } from "./dom.js";
import { icon } from "./icons.js";
import { phone } from "./phone.js";
import { connection, on, take, takeWire } from "./store.js";
import { toast } from "./toast.js";
import { wire } from "./wire.js";

const KEPT = "playground.theme";

/** Light, dark, or as the system has it. */
function theme() {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const button = byId("theme");
  const show = () => {
    const isDark = (root.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
    refill(button, icon(isDark ? "sun" : "moon"));
    button.setAttribute("aria-label", isDark ? "Switch to light" : "Switch to dark");
    button.title = button.getAttribute("aria-label");
    return isDark;
  };
  try {
    const kept = localStorage.getItem(KEPT);
    if (kept === "light" || kept === "dark") root.dataset.theme = kept;
  } catch {
    // Without storage the system's choice stands.
  }
  button.addEventListener("click", () => {
    const next = show() ? "light" : "dark";
    root.dataset.theme = next;
    try {
      localStorage.setItem(KEPT, next);
    } catch {
      // It then lasts until the page is left.
    }
    show();
  });
  dark.addEventListener("change", show);
  show();
}

function linkState() {
  const box = byId("link-state");
  on("connection", (connected) => {
    box.classList.toggle("up", connected);
    box.classList.toggle("down", !connected);
    box.lastElementChild.textContent = connected ? "Connected" : "Reconnecting…";
  });
}

theme();
linkState();
phone();
agentDesk();
wire();
follow({
  onScene: take,
  onWire: takeWire,
  onConnection: (connected) => connection(connected).catch((error) => toast(error.message)),
});
