// The agent's desk: the interactions, the transcript, what can be sent, and what is known about the guest.

import { answers, rich, sampleDocument, samplePicture } from "./canned.js";
import { dress, guestColour, look, reasonAgainst } from "./channels.js";
import { composer, pick } from "./composer.js";
import { gist } from "./content.js";
import { byId, clock, h, refill } from "./dom.js";
import { icon } from "./icons.js";
import { act, chats, choose, chosen, facts, isTyping, on, participantData, said, store } from "./store.js";
import { stickerPicture, stickers } from "./stickers.js";
import { toast } from "./toast.js";
import { transcript } from "./transcript.js";

const desk = () => store.platform.connector;

async function perform(action) {
  const chat = chosen();
  if (!chat || !said(desk(), chat.id).length) throw new Error("There is no conversation yet: the guest has to write first.");
  await act("platform", chat, action);
}
const attempt = (action) => perform(action).catch((error) => toast(error.message));

const portrait = (chat) => h("span", { class: "portrait", "aria-hidden": "true", style: { "--guest": guestColour(chat.id) } },
  (chat.name.match(/\d+$/)?.[0] ?? chat.name.slice(0, 1)).slice(0, 2));

const badge = (chat) => dress(h("span", { class: "badge", title: chat.channel.name }, look(chat.connector).mark), chat.connector);

function inbox() {
  const current = chosen();
  const open = chats()
    .map((chat) => ({ chat, last: said(desk(), chat.id).at(-1) }))
    .filter(({ last }) => last)
    .sort((a, b) => new Date(b.last.at) - new Date(a.last.at));
  refill(byId("inbox"), open.length ? open.map(({ chat, last }) => {
    const { unread, ended } = facts(chat.id);
    return h("li", {}, h("button", {
      type: "button", class: `talk-item${ended ? " ended" : ""}`, "aria-current": chat.id === current?.id ? "true" : null, onclick: () => choose(chat.id),
    }, h("span", { class: "who" }, portrait(chat), badge(chat)),
    h("span", { class: "what" }, h("strong", {}, chat.name), h("small", {}, `${last.actor === "here" ? "You: " : ""}${gist(last.content)}`)),
    h("span", { class: "when" }, h("time", { datetime: last.at }, clock(last.at)),
      unread ? h("b", { class: "unread", "aria-label": `${unread} unread` }, String(unread)) : ended ? h("i", {}, "ended") : null)));
  }) : h("li", { class: "none" }, "Nobody has written yet."));
}

function head(chat) {
  const active = chat && said(desk(), chat.id).length > 0;
  const { ended } = chat ? facts(chat.id) : {};
  refill(byId("talk-head"), active ? [
    portrait(chat),
    h("div", { class: "talk-name" }, h("strong", {}, chat.name), h("small", {}, badge(chat), `${chat.channel.name}${ended ? " · ended" : " · connected"}`)),
    h("button", { type: "button", class: "end", disabled: ended, onclick: () => attempt({ do: "disconnect" }) }, icon("end"), ended ? "Ended" : "End"),
  ] : h("div", { class: "talk-name" }, h("strong", {}, "No conversation"), h("small", {}, "waiting for the guest")));
  byId("answer").classList.toggle("idle", !active);
  byId("agent-text").disabled = !active;
}

function factSheet(chat) {
  const scenes = chat ? said(desk(), chat.id) : [];
  if (!scenes.length) {
    refill(byId("facts"), h("h3", {}, "Participant data"), h("p", { class: "none" }, "Comes with the guest's first message."));
    return;
  }
  const withData = scenes.filter((scene) => Object.keys(participantData(scene.detail)).length);
  const data = Object.assign({}, ...withData.map((scene) => participantData(scene.detail)));
  const conversation = scenes.map((scene) => scene.detail?.conversationId).filter(Boolean).at(-1);
  const copy = (value) => h("button", {
    type: "button", class: "copy", "aria-label": "Copy", title: "Copy", onclick: () =>
      navigator.clipboard?.writeText(value).then(() => toast("Copied.", "info"), () => toast("The browser did not allow copying.")),
  }, icon("copy"));
  const row = (key, value, code) => [h("dt", {}, key), h("dd", {}, code ? [h("code", { title: value }, value), copy(value)] : String(value))];
  const first = ["media", "locale", "country", "capabilities"];
  const keys = Object.keys(data).sort((a, b) => (first.indexOf(a) + 1 || 9) - (first.indexOf(b) + 1 || 9) || a.localeCompare(b));
  refill(byId("facts"),
    h("div", { class: "person" }, portrait(chat), h("strong", {}, chat.name), h("small", {}, badge(chat), chat.channel.tenantName ?? chat.channel.name)),
    h("h3", {}, "Participant data"),
    keys.length ? h("dl", { class: "data" }, keys.map((key) => row(key, data[key]))) : h("p", { class: "none" }, "None."),
    h("h3", {}, "Interaction"),
    h("dl", {}, conversation ? row("conversation", conversation, true) : null, row("guest id", chat.id, true),
      row("started", clock(scenes[0].at)), row("state", facts(chat.id).ended ? "ended" : "connected")));
}

function openers(chat) {
  const scenes = chat ? said(desk(), chat.id) : [];
  const wanted = scenes.length > 0 && !scenes.some((scene) => scene.actor === "here");
  byId("openers").hidden = !wanted;
  refill(byId("openers"), wanted ? answers.map((text) => h("button", { type: "button", onclick: () => attempt({ do: "text", text }) }, text)) : []);
}

let opener = null;

function closePopup(refocus = false) {
  byId("popup").hidden = true;
  opener?.setAttribute("aria-expanded", "false");
  if (refocus) opener?.focus();
  opener = null;
}

function popup(from, ...children) {
  const again = opener === from;
  closePopup();
  if (again) return;
  opener = from;
  from.setAttribute("aria-expanded", "true");
  refill(byId("popup"), ...children);
  byId("popup").hidden = false;
  byId("popup").querySelector("button")?.focus();
}

function tools(hands) {
  const chat = chosen();
  const idle = chat && said(desk(), chat.id).length ? null : "There is no conversation yet: the guest has to write first.";
  const tool = (name, label, run, reason, note) => h("button", {
    type: "button", class: "rich-tool", "aria-label": label, title: reason ?? note ?? label, "aria-disabled": reason ? "true" : null,
    onclick: (event) => (reason ? toast(reason, "info") : run(event.currentTarget)),
  }, icon(name));
  const shown = (capability) => (chat?.channel.capabilities?.[capability] === "degraded" ? `${chat.channel.name} shows this in a simpler form` : null);
  const files = (from) => popup(from, h("div", { class: "menu" },
    [["picture", "Sunset picture", samplePicture], ["file", "Confirmation (PDF)", sampleDocument]].map(([name, label, make]) =>
      h("button", { type: "button", onclick: () => {
        closePopup(true);
        attempt(make());
      } }, icon(name), label)),
    h("button", { type: "button", onclick: () => {
      closePopup(true);
      pick("", hands.files);
    } }, icon("plus"), "Own file…")));
  const pickSticker = (from) => popup(from, h("div", { class: "stickers" }, stickers.map((one) => h("button", {
    type: "button", "aria-label": one.text, title: one.text, onclick: () => {
      closePopup(true);
      attempt({ do: "rich", content: { type: "sticker", ...one } });
    },
  }, stickerPicture(one)))));
  refill(byId("rich"),
    rich.map((one) => {
      const note = shown(one.capability);
      return tool(one.icon, one.label, () => attempt({ do: "rich", content: one.make() }), idle ?? reasonAgainst(chat?.channel, one.capability), note ? `${one.label}: ${note}` : null);
    }),
    h("i", { class: "gap" }),
    tool("smile", "Sticker", pickSticker, idle ?? reasonAgainst(chat?.channel, "sticker")),
    tool("file", "File", files, idle),
    tool("typing", "Typing", () => attempt({ do: "typing" }), idle ?? reasonAgainst(chat?.channel, "typingToGuest"), "Let the guest see you typing"));
  byId("rich").querySelectorAll("button").forEach((button, index) => button.setAttribute("tabindex", index ? -1 : 0));
}

/** In a toolbar the arrow keys move, Tab leaves. */
function arrows(event) {
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  const next = buttons[(to + buttons.length) % buttons.length];
  for (const button of buttons) button.setAttribute("tabindex", button === next ? 0 : -1);
  next.focus();
}

/** Brings the desk to life. */
export function agentDesk() {
  const view = transcript(byId("talk-log"), {
    side: "platform",
    tap: () => {},
    avatar: portrait,
    empty: () => [icon("agent"), h("p", {}, "You are the agent. The guest's first message opens a conversation here.")],
  });
  const hands = composer({
    field: byId("agent-text"), button: byId("agent-send"), zone: document.querySelector(".talk"), perform,
    typed: () => {
      if (!reasonAgainst(chosen()?.channel, "typingToGuest")) perform({ do: "typing" }).catch(() => {});
    },
  });
  byId("rich").addEventListener("keydown", arrows);
  byId("desk").addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !byId("popup").hidden) closePopup(true);
  });
  document.addEventListener("pointerdown", (event) => {
    if (!byId("popup").hidden && !byId("popup").contains(event.target) && !opener?.contains(event.target)) closePopup();
  });

  let drawnFor = "";
  const around = (chat) => {
    inbox();
    head(chat);
    factSheet(chat);
    openers(chat);
    // The tools change with the chat, not with every message: the focus would be lost.
    const now = `${chat?.id} ${Boolean(chat && said(desk(), chat.id).length)}`;
    if (now !== drawnFor) {
      drawnFor = now;
      closePopup();
      tools(hands);
    }
  };
  on("chosen", (chat) => {
    around(chat);
    view.show(chat, desk());
    view.typing(Boolean(chat) && isTyping(desk(), chat.id));
  });
  on("state", () => {
    byId("platform-name").textContent = store.platform.name;
    byId("platform-mark").textContent = look(desk()).mark;
    dress(byId("desk"), desk());
    around(chosen());
  });
  on("scene", ({ scene }) => {
    if (scene.connector !== desk() || scene.content.type === "typing" || scene.content.type === "receipt") return;
    const chat = chosen();
    if (scene.guest === chat?.id) view.put(scene);
    around(chat);
  });
  on("typing", ({ connector, guest }) => {
    const chat = chosen();
    if (chat && connector === desk() && guest === chat.id) view.typing(isTyping(connector, guest));
  });
}
