// The wire: faults for either side, and a log of everything that happens on it.

import { dress, look } from "./channels.js";
import { gist } from "./content.js";
import { byId, exactClock, h, refill } from "./dom.js";
import { icon } from "./icons.js";
import { chats, chosen, faulty, on, setFaults, store } from "./store.js";
import { toast } from "./toast.js";

const NONE = { error: 0, rateLimit: 0, drop: 0, refuse: 0, delayMs: 0 };
const PRESETS = [
  ["Healthy", {}], ["Flaky", { error: 0.3, rateLimit: 0.15, drop: 0.15, delayMs: 150 }], ["429", { rateLimit: 0.7 }],
  ["Slow", { delayMs: 3000 }], ["Down", { error: 1 }], ["Refuses", { refuse: 1 }],
];
const SLIDERS = [
  ["error", "Error 500", 1, 0.05], ["rateLimit", "Busy 429", 1, 0.05], ["drop", "Cut off", 1, 0.05], ["refuse", "Refuse 400", 1, 0.05],
  ["delayMs", "Delay", 5000, 100],
];
const KEPT = 400;

const percent = (value) => `${Math.round(value * 100)}%`;
const shown = (name, value) => (name === "delayMs" ? (value >= 1000 ? `${(value / 1000).toFixed(1)} s` : `${value} ms`) : percent(value));
const same = (a, b) => Object.keys(NONE).every((key) => (a?.[key] ?? 0) === (b?.[key] ?? 0));

/** One side's faults: presets, and a slider for each. */
function faultPanel(box) {
  let connector = null;
  let timer = null;
  let wanted = { ...NONE };
  const rows = new Map();

  const put = (faults) => {
    wanted = { ...NONE, ...faults };
    reflect();
    clearTimeout(timer);
    const to = connector;
    const values = wanted;
    timer = setTimeout(() => setFaults(to, values).catch((error) => {
      toast(error.message);
      wanted = { ...NONE, ...store.faults[to] };
      reflect();
    }), 120);
  };

  const title = h("h3", {});
  const presets = h("div", { class: "presets" }, PRESETS.map(([label, faults]) =>
    h("button", { type: "button", onclick: () => put(faults), data: { preset: label } }, label)));
  const sliders = h("div", { class: "sliders" }, SLIDERS.map(([name, label, max, step]) => {
    const value = h("output", {}, shown(name, 0));
    const input = h("input", { type: "range", min: 0, max, step, value: 0, oninput: () => put({ ...wanted, [name]: Number(input.value) }) });
    rows.set(name, { input, value, max });
    return h("label", {}, h("span", {}, label), input, value);
  }));
  refill(box, title, presets, sliders);

  function reflect() {
    for (const [name, { input, value, max }] of rows) {
      const now = wanted[name] ?? 0;
      input.value = now;
      input.style.setProperty("--fill", `${(now / max) * 100}%`);
      input.setAttribute("aria-valuetext", shown(name, now));
      value.textContent = shown(name, now);
    }
    box.classList.toggle("on", !same(wanted, NONE));
    presets.querySelectorAll("button").forEach((button, index) => button.setAttribute("aria-pressed", String(same(wanted, PRESETS[index][1]))));
  }

  return (next, name) => {
    const changed = next !== connector;
    connector = next;
    refill(title, h("i", {}), `${name.split(" ")[0]} answers`);
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", `Faults of ${name}`);
    if (changed) {
      dress(box, next);
      // A channel whose chat room is coloured must not colour its panel.
      rows.forEach(({ input }) => input.removeAttribute("data-connector"));
    }
    wanted = { ...NONE, ...store.faults[next] };
    reflect();
  };
}

function nameOf(connector) {
  if (connector === store.platform.connector) return store.platform.name;
  return store.channels.find((channel) => channel.connector === connector)?.name ?? connector;
}

/** The name in a narrow column: its first word. */
const shortName = (connector) => nameOf(connector).split(" ")[0];

/** One line of the log out of a scene that appeared or changed. */
function ofScene({ scene, before }) {
  const { connector, actor, content, status, reason } = scene;
  const name = shortName(connector);
  const guest = chats().find((chat) => chat.id === scene.guest)?.name ?? scene.guest;
  const base = { at: scene.at, connector, group: "messages", guest };
  if (before && before.status !== status) {
    const tone = status === "failed" ? "bad" : "good";
    return { ...base, at: new Date().toISOString(), way: `UM → ${name}`, kind: "receipt", status, tone, words: reason ?? gist(content) };
  }
  if (before) return { ...base, way: name, kind: "changed", tone: "plain", words: gist(content) };
  const way = actor === "here" ? `${name} → UM` : actor === "there" ? `UM → ${name}` : name;
  const soft = ["typing", "presence", "receipt", "note"].includes(content.type);
  return {
    ...base, way, kind: content.type === "attachment" ? content.kind : content.type, tone: soft ? "soft" : "plain",
    status: actor === "there" ? "arrived" : actor === "here" ? "left" : "", words: `${guest} · ${gist(content)}`,
  };
}

/** One line out of an exchange over HTTP. */
function ofWire({ at, connector, direction, method, path, status, ms, attempt, fault }) {
  const name = shortName(connector);
  const bad = !status || status >= 400;
  const note = [attempt > 1 ? `attempt ${attempt}` : null, fault ? `injected ${fault}` : null, path, Number.isFinite(ms) ? `${Math.round(ms)} ms` : null];
  return {
    at, connector, group: "http", way: direction === "in" ? `${name} → UM` : `UM → ${name}`, kind: method ?? "HTTP",
    status: status ? String(status) : "cut off", tone: bad ? (status === 429 ? "warn" : "bad") : "good", words: note.filter(Boolean).join(" · "),
  };
}

/** Sends a light along the cable. */
function pulse(direction, tone) {
  const cable = byId("cable");
  if (cable.childElementCount > 24 || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const packet = h("i", { class: `packet ${direction} ${tone}` });
  packet.addEventListener("animationend", () => packet.remove());
  cable.append(packet);
}

/** Brings the wire to life. */
export function wire() {
  const log = byId("log");
  const channelPanel = faultPanel(byId("fault-channel"));
  const platformPanel = faultPanel(byId("fault-platform"));
  let filter = "all";

  const line = (entry) => {
    const none = log.querySelector(".none");
    if (none) none.remove();
    const row = h("div", { class: `line ${entry.tone}`, data: { group: entry.group } },
      h("time", { datetime: entry.at }, exactClock(entry.at), h("span", { class: "ms" }, `.${String(new Date(entry.at).getMilliseconds()).padStart(3, "0")}`)),
      dress(h("span", { class: "way" }, entry.way), entry.connector),
      h("span", { class: "kind" }, entry.kind),
      h("span", { class: "state" }, entry.status ?? ""),
      h("span", { class: "words", title: entry.words }, entry.words));
    log.prepend(row);
    while (log.childElementCount > KEPT) log.lastElementChild.remove();
  };
  const empty = () => refill(log, h("p", { class: "none" }, "Nothing yet. Every message, receipt, retry and refusal shows up here."));
  empty();

  refill(byId("filters"), [["all", "All"], ["messages", "Messages"], ["http", "HTTP"]].map(([name, label]) => h("button", {
    type: "button", "aria-pressed": String(name === filter), onclick: (event) => {
      filter = name;
      log.dataset.filter = name;
      for (const button of byId("filters").children) button.setAttribute("aria-pressed", String(button === event.currentTarget));
    },
  }, label)));
  byId("wire-clear").addEventListener("click", empty);
  const fold = byId("wire-fold");
  refill(fold, icon("chevron", "Fold the wire away"));
  fold.addEventListener("click", () => {
    const open = fold.getAttribute("aria-expanded") !== "true";
    fold.setAttribute("aria-expanded", String(open));
    byId("wire-body").hidden = !open;
  });
  refill(document.querySelector("#cable .hub"), h("img", { src: "/playground/favicon.svg", alt: "", width: 30, height: 30 }));

  const panels = () => {
    const channel = chosen()?.channel ?? store.channels[0];
    if (channel) channelPanel(channel.connector, channel.name);
    if (store.platform.connector) platformPanel(store.platform.connector, store.platform.name);
    const cable = byId("cable");
    cable.style.setProperty("--left", channel ? look(channel.connector).accent : "currentColor");
    cable.style.setProperty("--right", look(store.platform.connector).accent);
    cable.classList.toggle("left-faulty", Boolean(channel) && faulty(channel.connector));
    cable.classList.toggle("right-faulty", faulty(store.platform.connector));
  };
  on("state", panels);
  on("chosen", panels);
  on("faults", panels);
  on("past", ({ scenes, wire: exchanges }) => {
    const lines = [...scenes.map((scene) => ofScene({ scene })), ...exchanges.map(ofWire)];
    for (const entry of lines.sort((a, b) => new Date(a.at) - new Date(b.at)).slice(-KEPT)) line(entry);
  });
  on("wire", (exchange) => {
    line(ofWire(exchange));
    const toDesk = (exchange.direction === "in") !== (exchange.connector === store.platform.connector);
    if (!exchange.status || exchange.status >= 400) pulse(toDesk ? "rightward" : "leftward", "bad");
  });
  on("scene", (change) => {
    line(ofScene(change));
    const { scene, before } = change;
    if (before || scene.actor !== "here") return;
    pulse(scene.connector === store.platform.connector ? "leftward" : "rightward", scene.content.type === "typing" ? "soft" : "good");
  });
}
