// The guest's phone: the chat, the quick replies above the keyboard, and what hides behind the plus.

import { openings, places, sampleDocument, samplePicture, sampleSound } from "./canned.js";
import { dress, guestColour, look, reasonAgainst } from "./channels.js";
import { composer, pick } from "./composer.js";
import { byId, h, refill } from "./dom.js";
import { icon } from "./icons.js";
import { map } from "./pictures.js";
import { act, addGuest, chats, choose, chosen, facts, isTyping, on, said, store } from "./store.js";
import { stickerPicture, stickers } from "./stickers.js";
import { toast } from "./toast.js";
import { transcript } from "./transcript.js";

/** Does something as the guest that is looked at. */
async function perform(action) {
  const chat = chosen();
  if (!chat) throw new Error("There is no guest yet: make one with “New guest”.");
  await act("channel", chat, action);
}

/** The same, with the sentence of what went wrong shown. */
const attempt = (action) => perform(action).catch((error) => toast(error.message));

function switcher() {
  const current = chosen();
  refill(byId("channels"), store.channels.map((channel) => {
    const active = current?.connector === channel.connector && current?.tenantId === channel.tenantId;
    return dress(h("button", {
      type: "button", class: "channel", "aria-pressed": String(active),
      title: [channel.name, channel.tenantName, channel.webhookUrl].filter(Boolean).join("\n"),
      onclick: () => (channel.guests?.length ? choose(channel.guests[0].id) : addGuest(channel).catch((error) => toast(error.message))),
    }, h("span", { class: "channel-mark", "aria-hidden": "true" }, look(channel.connector).mark), h("span", { class: "channel-label" }, channel.name)), channel.connector);
  }));
  byId("channels").classList.toggle("many", store.channels.length > 4);
  const mine = chats().filter((chat) => chat.connector === current?.connector && chat.tenantId === current?.tenantId);
  refill(byId("guests"), mine.map((chat) => h("button", {
    type: "button", class: "guest", "aria-pressed": String(chat.id === current?.id), title: chat.id, style: { "--guest": guestColour(chat.id) },
    onclick: () => choose(chat.id),
  }, h("i", { "aria-hidden": "true" }), chat.name)), current || store.channels.length ? h("button", {
    type: "button", class: "guest new", onclick: () => addGuest(current?.channel ?? store.channels[0]).catch((error) => toast(error.message)),
  }, icon("plus"), "New guest") : null);
}

function head(chat) {
  refill(byId("chat-head"), icon("back"),
    h("span", { class: "official", "aria-hidden": "true" }, look(chat?.connector ?? "").mark),
    h("div", { class: "chat-name" }, h("strong", {}, chat?.channel.tenantName ?? chat?.channel.name ?? "No channel"),
      h("small", {}, chat ? `${chat.channel.name} · as ${chat.name}` : "")));
}

/** The options of the last question stand above the keyboard until something else is said. */
function strip(chat) {
  const box = byId("strip");
  const last = chat ? said(chat.connector, chat.id).filter((scene) => scene.actor !== "system").at(-1) : null;
  const options = last?.actor === "there" && last.content.type === "quickReplies" ? last.content.options : [];
  box.hidden = options.length === 0;
  refill(box, options.map((one) => h("button", {
    type: "button", onclick: () => attempt({ do: "tap", message: last.id, text: one.text, payload: one.payload }),
  }, one.text)));
}

function blocked(chat) {
  const is = Boolean(chat && facts(chat.id).blocked);
  byId("blocked").hidden = !is;
  byId("bar").hidden = is;
  if (is) {
    closeSheet();
    refill(byId("blocked"), h("span", {}, `${chat.name} has blocked this account.`),
      h("button", { type: "button", onclick: () => attempt({ do: "follow" }) }, "Unblock"));
  }
}

const sheet = () => byId("sheet");
let opener = null;

function closeSheet(refocus = false) {
  if (sheet().hidden) return;
  sheet().hidden = true;
  opener?.setAttribute("aria-expanded", "false");
  if (refocus) opener?.focus();
  opener = null;
}

function openSheet(from, label, ...children) {
  const again = opener === from;
  closeSheet();
  if (again) return;
  opener = from;
  from.setAttribute("aria-expanded", "true");
  refill(sheet(), ...children);
  sheet().setAttribute("aria-label", label);
  sheet().hidden = false;
  sheet().querySelector("button")?.focus({ preventScroll: true });
}

function stickerSheet(from) {
  openSheet(from, "Stickers", h("div", { class: "stickers" }, stickers.map((one) => h("button", {
    type: "button", "aria-label": one.text, title: `${one.text} (${one.packageId} / ${one.stickerId})`,
    onclick: () => attempt({ do: "sticker", packageId: one.packageId, stickerId: one.stickerId }),
  }, stickerPicture(one)))));
}

function placeSheet() {
  const field = (label, value, attributes) => h("label", {}, label, h("input", { value, ...attributes }));
  const share = (place) => {
    closeSheet(true);
    attempt({ do: "location", ...place });
  };
  const number = { type: "number", step: "any", required: true, inputmode: "decimal" };
  const own = h("form", { class: "own-place", onsubmit: (event) => {
    event.preventDefault();
    const [title, latitude, longitude] = [...own.querySelectorAll("input")].map((input) => input.value);
    share({ title, latitude: Number(latitude), longitude: Number(longitude) });
  } }, field("Place", "My hotel", { maxlength: 100, required: true }), field("Latitude", "35.6586", { ...number, min: -90, max: 90 }),
  field("Longitude", "139.7454", { ...number, min: -180, max: 180 }), h("button", { type: "submit" }, "Share"));
  const from = byId("guest-more");
  closeSheet();
  openSheet(from, "Share a place", h("div", { class: "places" }, places.map((place) =>
    h("button", { type: "button", onclick: () => share(place) }, map(place.latitude, place.longitude), h("span", {}, place.title)))), own);
}

function moreSheet(from) {
  const chat = chosen();
  if (!chat) return;
  const tile = (name, label, run, reason) => h("button", {
    type: "button", class: "more-tile", "aria-disabled": reason ? "true" : null, title: reason,
    onclick: () => (reason ? toast(reason, "info") : run()),
  }, h("span", {}, icon(name)), label);
  const once = (action) => () => {
    closeSheet(true);
    attempt(action());
  };
  const channel = chat.channel;
  openSheet(from, "More", h("div", { class: "more" },
    tile("picture", "Sunset", once(samplePicture)),
    tile("sound", "Chime", once(sampleSound)),
    tile("file", "Document", once(sampleDocument)),
    tile("plus", "Own file", () => {
      closeSheet();
      pick("", hands.files);
    }),
    tile("pin", "Place", placeSheet),
    tile("typing", "Typing", () => attempt({ do: "typing" }), reasonAgainst(channel, "typingToAgent")),
    tile("eye", "Read", once(() => ({ do: "read" })), reasonAgainst(channel, "readReceipts")),
    tile("undo", "Unsend last", once(() => ({ do: "unsend" })),
      said(chat.connector, chat.id).some((scene) => scene.actor === "here" && scene.content.type !== "note") ? null : "There is nothing to take back yet."),
    tile("follow", "Follow", once(() => ({ do: "follow" }))),
    tile("block", "Block", once(() => ({ do: "block" })))));
}

let hands;

/** Brings the phone to life. */
export function phone() {
  const fit = (id, name) => refill(byId(id), icon(name));
  fit("guest-more", "plus");
  fit("guest-picture", "picture");
  fit("guest-sticker", "smile");
  fit("guest-send", "send");
  const view = transcript(byId("chat"), {
    side: "channel",
    tap: (scene, text, payload) => attempt({ do: "tap", message: scene.id, text, payload }),
    avatar: (chat) => h("span", { class: "official", "aria-hidden": "true" }, look(chat.connector).mark),
    empty: (chat) => (chat ? [h("p", {}, "You are the guest. Say something:"), openings.map((text) =>
      h("button", { type: "button", onclick: () => attempt({ do: "text", text }) }, text))]
      : h("p", {}, store.loaded ? "No channel is simulated here." : "One moment…")),
  });
  hands = composer({
    field: byId("guest-text"), button: byId("guest-send"), zone: byId("phone"), perform,
    typed: () => {
      if (!reasonAgainst(chosen()?.channel, "typingToAgent")) perform({ do: "typing" }).catch(() => {});
    },
  });
  byId("guest-more").addEventListener("click", (event) => moreSheet(event.currentTarget));
  byId("guest-sticker").addEventListener("click", (event) => {
    const reason = reasonAgainst(chosen()?.channel, "sticker");
    if (reason) toast(reason, "info");
    else stickerSheet(event.currentTarget);
  });
  byId("guest-picture").addEventListener("click", () => pick("image/*,video/*", hands.files));
  byId("phone").addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeSheet(true);
  });
  byId("guest-text").addEventListener("focus", () => closeSheet());

  const again = (chat) => {
    if (chat) dress(byId("phone"), chat.connector);
    head(chat);
    switcher();
    strip(chat);
    blocked(chat);
    view.show(chat, chat?.connector);
    view.typing(Boolean(chat) && isTyping(chat.connector, chat.id));
    closeSheet();
  };
  on("chosen", again);
  on("state", () => {
    switcher();
    blocked(chosen());
  });
  on("scene", ({ scene }) => {
    const chat = chosen();
    if (!chat || scene.connector !== chat.connector || scene.guest !== chat.id || scene.content.type === "typing" || scene.content.type === "receipt") return;
    view.put(scene);
    strip(chat);
  });
  on("typing", ({ connector, guest }) => {
    const chat = chosen();
    if (chat && connector === chat.connector && guest === chat.id) view.typing(isTyping(connector, guest));
  });
  const tick = () => {
    byId("phone-time").textContent = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit", hour12: false }).format(new Date());
  };
  tick();
  setInterval(tick, 10_000);
}
