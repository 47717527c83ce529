// What the page knows: channels, guests, what was said on either side, and which chat is looked at. Views listen; only this
// file changes it.

import * as api from "./api.js";

const LIVE_ONLY = new Set(["receipt", "typing", "presence"]);
const TYPING_MS = 5000;
const RETRY_MS = 3000;
const CHOSEN = "playground.chat";

const listeners = new Map();

/** Calls `listener` whenever `event` happens. */
export function on(event, listener) {
  listeners.set(event, [...(listeners.get(event) ?? []), listener]);
}

function tell(event, detail) {
  for (const listener of listeners.get(event) ?? []) listener(detail);
}

export const store = {
  channels: [],
  platform: { connector: "", name: "Agent desk" },
  faults: {},
  connected: false,
  loaded: false,
  chosen: null,
};

/** A scene's place is kept for good: a newer one of the same id takes the older one's. */
let scenes = new Map();
const live = new Map();
let strangers = new Map();
/** Scenes that came while the state was being fetched. */
let arriving = null;

const sceneKey = (scene) => `${scene.connector} ${scene.id}`;
const chatFacts = (id) => {
  if (!live.has(id)) live.set(id, { unread: 0, ended: false, blocked: false, typing: {}, firstAt: null });
  return live.get(id);
};

/** The guests of every channel, each with its channel: `{ id, name, connector, tenantId, channel }`. */
export function chats() {
  const known = store.channels.flatMap((channel) =>
    (channel.guests ?? []).map((guest) => ({ ...guest, connector: channel.connector, tenantId: channel.tenantId, channel })));
  return [...known, ...strangers.values()];
}

/** The chat that is looked at, or null. */
export const chosen = () => chats().find((chat) => chat.id === store.chosen) ?? null;

/** Everything said in a chat as this connector's side shows it, oldest first. */
export const said = (connector, guest) =>
  [...scenes.values()].filter((scene) => scene.connector === connector && scene.guest === guest);

/** What is known of a chat beyond its messages: `{ unread, ended, blocked }`. */
export const facts = (guest) => chatFacts(guest);

/** Whether the other one is typing, as this connector's side shows it. */
export const isTyping = (connector, guest) => (chatFacts(guest).typing[connector] ?? 0) > Date.now();

/** Looks at a chat. */
export function choose(guest) {
  store.chosen = guest;
  chatFacts(guest).unread = 0;
  try {
    sessionStorage.setItem(CHOSEN, guest);
  } catch {
    // A browser that keeps nothing only forgets which chat was open.
  }
  tell("chosen", chosen());
}

function remembered() {
  try {
    return sessionStorage.getItem(CHOSEN);
  } catch {
    return null;
  }
}

/** Fetches everything anew. What happens while the answer is on its way is not lost: it is put on top. */
async function load() {
  const first = !store.loaded;
  const meanwhile = [];
  arriving = meanwhile;
  const state = await api.fetchState();
  if (arriving === meanwhile) arriving = null;
  store.channels = state.channels ?? [];
  store.platform = state.platform ?? store.platform;
  store.faults = state.faults ?? {};
  scenes = new Map([...(state.scenes ?? []), ...meanwhile].map((scene) => [sceneKey(scene), scene]));
  strangers = new Map();
  for (const scene of scenes.values()) meet(scene);
  store.loaded = true;
  const ids = chats().map((chat) => chat.id);
  if (!ids.includes(store.chosen)) store.chosen = ids.includes(remembered()) ? remembered() : ids[0] ?? null;
  tell("state");
  if (first) tell("past", { scenes: state.scenes ?? [], wire: state.wire ?? [] });
  tell("chosen", chosen());
}

/** A guest nobody announced, who wrote through the real webhook: they get a chat too. */
function meet(scene) {
  if (chats().some((chat) => chat.id === scene.guest)) return;
  const data = participantData(scene.detail);
  const channel = store.channels.find((one) => one.connector === scene.connector || one.name === data.media) ?? store.channels[0];
  if (!channel) return;
  const name = data.nickname ?? data.name ?? `Guest ${scene.guest.slice(0, 5)}…`;
  strangers.set(scene.guest, { id: scene.guest, name, connector: channel.connector, tenantId: channel.tenantId, channel });
  tell("state");
}

function showTyping(scene) {
  const { content, connector, guest } = scene;
  const until = content.on === false ? 0 : Date.now() + (content.durationMs ?? TYPING_MS);
  chatFacts(guest).typing[connector] = until;
  if (until) setTimeout(() => tell("typing", { connector, guest }), until - Date.now() + 20);
  tell("typing", { connector, guest });
}

/** Takes a scene that just happened. */
export function take(scene) {
  meet(scene);
  const { content, connector, guest } = scene;
  const fact = chatFacts(guest);
  if (content.type === "typing") {
    if (scene.actor !== "here") showTyping(scene);
  } else if (content.type === "presence") {
    if (content.presence === "disconnect") fact.ended = true;
    if (content.presence === "join") fact.ended = false;
    if (content.presence === "unsubscribed") fact.blocked = true;
    if (content.presence === "subscribed") fact.blocked = false;
    tell("state");
  }
  const before = scenes.get(sceneKey(scene));
  if (!LIVE_ONLY.has(content.type)) {
    scenes.set(sceneKey(scene), scene);
    arriving?.push(scene);
    if (!before && scene.actor === "there") {
      fact.typing[connector] = 0;
      tell("typing", { connector, guest });
      if (connector === store.platform.connector && guest !== store.chosen) fact.unread += 1;
    }
    if (!before && scene.actor !== "system" && content.type !== "note") fact.ended = false;
  }
  tell("scene", { scene, before });
}

/** Takes an exchange over HTTP that just happened. */
export const takeWire = (exchange) => tell("wire", exchange);

/** The connection came or went. It counts as back once what happened meanwhile is known too. */
export async function connection(connected) {
  store.connected = connected;
  if (!connected) return tell("connection", false);
  try {
    await load();
    tell("connection", store.connected);
  } catch (error) {
    setTimeout(() => store.connected && connection(true), RETRY_MS);
    throw error;
  }
}

/** Lets somebody do something, and remembers what no scene will tell. */
export async function act(side, chat, action) {
  await api.act(side, chat, action);
  const fact = chatFacts(chat.id);
  if (action.do === "block") fact.blocked = true;
  if (action.do === "follow") fact.blocked = false;
  if (action.do === "disconnect") fact.ended = true;
  if (["block", "follow", "disconnect"].includes(action.do)) tell("state");
}

/** Makes another guest and looks at them. */
export async function addGuest(channel) {
  const guest = await api.addGuest(channel);
  channel.guests = [...(channel.guests ?? []).filter((one) => one.id !== guest.id), guest];
  tell("state");
  choose(guest.id);
}

/** Puts faults in force at one simulator. */
export async function setFaults(connector, faults) {
  await api.setFaults(connector, faults);
  store.faults = { ...store.faults, [connector]: faults };
  tell("faults", connector);
}

/** Whether any fault is in force at this simulator. */
export const faulty = (connector) => Object.values(store.faults[connector] ?? {}).some((value) => value > 0);

/** The participant data in a scene of the platform's: flat names to texts, whatever the simulator wraps them in. */
export function participantData(detail) {
  if (!detail || typeof detail !== "object") return {};
  const inner = detail.participantData ?? detail.customAttributes ?? detail;
  return Object.fromEntries(
    Object.entries(inner).filter(([key, value]) => key !== "conversationId" && value !== null && typeof value !== "object"));
}

/** How a message reached the guest, as the channel's simulator says: `reply`, `push`, or nothing. */
export const via = (detail) => (typeof detail === "string" ? detail : detail?.via ?? null);
