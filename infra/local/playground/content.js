// How one message looks, for every kind of content the message model has. A guest can tap what is live; the agent sees the
// same thing as a preview.

import { bytes, h, safeUrl, slot } from "./dom.js";
import { icon } from "./icons.js";
import { drawn, map, placeholder } from "./pictures.js";
import { stickerPicture } from "./stickers.js";

const LINK = /https?:\/\/[^\s<>"'、。）」]+/gu;
const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const EMOJI = /^\p{Extended_Pictographic}|^\p{Regional_Indicator}{2}/u;

const away = (url, attributes, ...children) =>
  h("a", { href: url, target: "_blank", rel: "noopener noreferrer", ...attributes }, ...children);

/** Text with its links made links. */
function prose(text) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    parts.push(text.slice(from, match.index));
    const url = safeUrl(match[0]);
    parts.push(url ? away(url, {}, match[0]) : match[0]);
    from = match.index + match[0].length;
  }
  parts.push(text.slice(from));
  return parts.filter(Boolean);
}

/** Whether a text is one to three emoji and nothing else. */
function isJumbo(text) {
  const signs = [...GRAPHEMES.segment(text.trim())].map((part) => part.segment);
  return signs.length > 0 && signs.length <= 3 && signs.every((sign) => EMOJI.test(sign));
}

/** A picture at a URL; a coloured field with its name when it cannot be loaded. */
function image(url, title, seed = url ?? title) {
  const known = drawn(url, title);
  if (known) return known;
  const source = safeUrl(url, ["http:", "https:", "blob:"]);
  if (!source) return placeholder(seed ?? "", title);
  const element = h("img", { class: "picture", src: source, alt: title, loading: "lazy", referrerpolicy: "no-referrer" });
  element.addEventListener("error", () => element.replaceWith(placeholder(seed, `${title} (could not be loaded)`)));
  return element;
}

function chip(name, note, url) {
  const inside = [icon("file"), h("span", { class: "chip-words" }, h("strong", {}, name), h("small", {}, note))];
  return url ? away(url, { class: "file-chip", download: name }, inside) : h("div", { class: "file-chip" }, inside);
}

function attachment(content) {
  const { kind, source, name, size, mime, caption } = content;
  const label = name ?? { image: "Picture", video: "Film", audio: "Sound", file: "File" }[kind] ?? "File";
  const url = source?.at === "url" ? safeUrl(source.url, ["http:", "https:", "blob:"]) : null;
  const words = caption ? h("p", { class: "caption" }, prose(caption)) : null;
  if (!url) return { node: [chip(label, source?.at === "network" ? "held by the network" : "no address", null), words] };
  if (kind === "image") {
    return { node: [away(url, { class: "photo", "aria-label": `${label}, opens in a new tab` }, image(url, label)), words], bare: !caption };
  }
  if (kind === "video") {
    return { node: [h("video", { class: "film", controls: true, preload: "metadata", src: url, "aria-label": label }), words], bare: !caption };
  }
  if (kind === "audio") {
    return { node: [h("audio", { class: "sound", controls: true, preload: "metadata", src: url, "aria-label": label }), words], bare: !caption };
  }
  return { node: [chip(label, [bytes(size), mime].filter(Boolean).join(" · ") || "file", url), words] };
}

function place({ title, address, latitude, longitude }) {
  const where = `${Number(latitude).toFixed(5)}, ${Number(longitude).toFixed(5)}`;
  const url = `https://www.google.com/maps/search/?api=1&query=${Number(latitude)},${Number(longitude)}`;
  return h("div", { class: "tile place" }, map(Number(latitude), Number(longitude)),
    h("div", { class: "tile-words" }, h("strong", {}, title || "Location"), address ? h("p", {}, address) : null,
      away(url, { class: "fine" }, where)));
}

/** A button that answers, or the picture of one. */
function option(text, payload, { live, tap }, attributes = {}) {
  return h("button", {
    type: "button", class: "option", disabled: !live, ...attributes,
    title: live ? null : `The guest's button; carries “${payload}”`, onclick: () => tap(text, payload),
  }, text);
}

function button(action, ctx) {
  if (action.type === "postback") return option(action.text, action.payload, ctx);
  const url = action.type === "link" ? safeUrl(action.url) : safeUrl(`tel:${action.phoneNumber}`, ["tel:"]);
  const inside = [action.text, icon(action.type === "link" ? "link" : "phone")];
  return url ? h("a", { class: "option", href: url, target: "_blank", rel: "noopener noreferrer" }, inside)
    : h("span", { class: "option" }, inside);
}

function card({ title, description, imageUrl, videoUrl, actions }, ctx) {
  const film = safeUrl(videoUrl);
  return h("div", { class: "tile card" },
    imageUrl ? image(imageUrl, title) : film ? h("video", { class: "film", controls: true, preload: "metadata", src: film }) : null,
    h("div", { class: "tile-words" }, h("strong", {}, title), description ? h("p", {}, prose(description)) : null),
    actions?.length ? h("div", { class: "options" }, actions.map((action) => button(action, ctx))) : null);
}

function carousel({ cards }, ctx) {
  return h("div", { class: "carousel", tabindex: 0, role: "group", "aria-label": `${cards.length} cards, scroll sideways` },
    cards.map((one) => card(one, ctx)));
}

function datePicker({ title, subtitle, imageUrl, earliest, latest, times, location }, ctx) {
  let choices;
  if (times?.length) {
    choices = times.map(({ at, durationS }) =>
      option(slot(at), at, { ...ctx, tap: (text, payload) => ctx.tap(text, payload) }, { "data-minutes": Math.round((durationS ?? 0) / 60) }));
  } else {
    const local = (at) => (at ? new Date(new Date(at).getTime() - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 16) : null);
    const input = h("input", { type: "datetime-local", min: local(earliest), max: local(latest), disabled: !ctx.live, "aria-label": title });
    const ok = h("button", { type: "button", class: "option", disabled: !ctx.live, onclick: () => {
      if (!input.value || !input.reportValidity()) return input.focus();
      const date = new Date(input.value);
      return ctx.tap(slot(date), date.toISOString());
    } }, "Choose");
    choices = [input, ok];
  }
  return h("div", { class: "tile card dates" }, imageUrl ? image(imageUrl, title) : null,
    h("div", { class: "tile-words" }, h("strong", {}, icon("calendar"), title), subtitle ? h("p", {}, subtitle) : null,
      location ? h("p", { class: "fine" }, location.title ?? location.address) : null),
    h("div", { class: "options" }, choices));
}

function list({ title, items, multiple }, ctx) {
  return h("div", { class: "tile card" },
    h("div", { class: "tile-words" }, h("strong", {}, icon("list"), title), multiple ? h("p", { class: "fine" }, "One or more") : null),
    h("div", { class: "options" }, items.map((item) => option(item.text, item.payload, ctx))));
}

function form({ title, fields }) {
  return h("div", { class: "tile card" },
    h("div", { class: "tile-words" }, h("strong", {}, title),
      h("ul", { class: "fields" }, fields.map((field) =>
        h("li", {}, h("span", {}, field.label), h("small", {}, (field.options ?? []).map((one) => one.text).join(" · ") || "free text"))))));
}

function native({ connector, json }) {
  const name = typeof json?.altText === "string" ? json.altText : json?.type ? `${json.type} message` : "Native message";
  return h("details", { class: "tile native" },
    h("summary", {}, icon("bolt"), h("span", {}, h("strong", {}, name), h("small", {}, connector ? `written for ${connector}` : "passed through"))),
    h("pre", { tabindex: 0 }, JSON.stringify(json, null, 2)));
}

/**
 * Draws a content. `ctx`: `live` (whether it can be answered), `tap(text, payload)`, `side`. Gives `{ node, bare, system }`:
 * `bare` wants no bubble around it, `system` is no message of anybody.
 */
export function draw(content, ctx) {
  switch (content.type) {
    case "text":
      return isJumbo(content.text) ? { node: h("span", { class: "jumbo" }, content.text.trim()), bare: true } : { node: prose(content.text) };
    case "attachment":
      return attachment(content);
    case "location":
      return { node: place(content), bare: true };
    case "sticker":
      return { node: stickerPicture(content), bare: true };
    case "quickReplies":
      return {
        node: [h("span", {}, content.text ? prose(content.text) : "Please choose:"),
          ctx.side === "platform"
            ? h("span", { class: "offered" }, content.options.map((one) => h("span", { title: `carries “${one.payload}”` }, one.text)))
            : null],
      };
    case "card":
      return { node: card(content, ctx), bare: true };
    case "carousel":
      return { node: carousel(content, ctx), bare: true };
    case "list":
      return { node: list(content, ctx), bare: true };
    case "datePicker":
      return { node: datePicker(content, ctx), bare: true };
    case "form":
      return { node: form(content), bare: true };
    case "native":
      return { node: native(content), bare: true };
    case "answer":
      return {
        node: [h("span", {}, content.text || content.payload),
          ctx.side === "platform" && content.payload && content.payload !== content.text
            ? h("code", { class: "payload", title: "The payload the platform gets" }, content.payload)
            : null],
      };
    case "edited":
      return { node: [h("span", {}, prose(content.text)), h("small", { class: "edited" }, "edited")] };
    case "note":
      return { node: content.text, system: true };
    case "presence":
      return { node: PRESENCE[content.presence] ?? content.presence, system: true };
    default:
      return { node: `(${content.type ?? "unknown"})`, system: true };
  }
}

const PRESENCE = {
  join: "The conversation began.", disconnect: "The conversation has ended.", subscribed: "The guest can be written to.",
  unsubscribed: "The guest can no longer be written to.",
};

const WORDS = {
  location: () => "📍 Location", sticker: (c) => `Sticker${c.text ? `: ${c.text}` : ""}`, card: (c) => `Card: ${c.title}`,
  carousel: (c) => `Carousel of ${c.cards.length}`, list: (c) => `List: ${c.title}`, datePicker: (c) => `Dates: ${c.title}`,
  form: (c) => `Form: ${c.title}`, native: () => "Native message", presence: (c) => PRESENCE[c.presence] ?? c.presence,
  typing: (c) => (c.on === false ? "stopped typing" : "typing…"), receipt: (c) => c.status,
  attachment: (c) => `${{ image: "Picture", video: "Film", audio: "Sound", file: "File" }[c.kind] ?? "File"}${c.name ? `: ${c.name}` : ""}`,
  quickReplies: (c) => c.text || "Quick replies", answer: (c) => c.text || c.payload,
};

/** A content in a few words, for lists. */
export const gist = (content) => (WORDS[content.type] ?? ((c) => c.text ?? c.type))(content);
