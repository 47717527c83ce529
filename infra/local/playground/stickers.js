// The demo stickers. The network's own pictures live on its servers, and this page works without a network, so the ones a
// guest can pick are drawn here: one round friend in many moods, under the ids of LINE's set 446.

import { h, svg } from "./dom.js";

const EYES = {
  dots: ["M38 50a4.5 5.5 0 1 0 .1 0z", "M62 50a4.5 5.5 0 1 0 .1 0z"],
  happy: ["M31 55q6-9 12 0", "M57 55q6-9 12 0"],
  closed: ["M31 52q6 7 12 0", "M57 52q6 7 12 0"],
  wink: ["M38 50a4.5 5.5 0 1 0 .1 0z", "M57 54q6-7 12 0"],
  wide: ["M37 46a6.5 7.5 0 1 0 .1 0z", "M63 46a6.5 7.5 0 1 0 .1 0z"],
  cross: ["M31 48l11 4-11 5", "M69 48l-11 4 11 5"],
  sad: ["M38 52a4.5 5.5 0 1 0 .1 0z", "M62 52a4.5 5.5 0 1 0 .1 0z", "M29 46l11-4", "M71 46l-11-4"],
};
const MOUTHS = {
  smile: "M40 66q10 9 20 0", open: "M38 64q12 20 24 0z", flat: "M43 69h14", sad: "M40 72q10-9 20 0", small: "M46 67q4 4 8 0",
  o: "M50 64a5 6 0 1 0 .1 0z", cat: "M40 65q5 7 10 0q5 7 10 0",
};
const EXTRAS = {
  heart: { d: "M80 18c-5-9-17-3-12 7 3 5 8 8 12 11 4-3 9-6 12-11 5-10-7-16-12-7z", fill: "#ff4d6d" },
  tear: { d: "M68 62c5 8 6 13 0 13s-5-5 0-13z", fill: "#54b9ff" },
  sweat: { d: "M78 28c6 9 7 15 0 15s-6-6 0-15z", fill: "#54b9ff" },
  zed: { d: "M70 12h14l-14 14h14", stroke: "#5b6cff" },
  star: { d: "M79 8l4 9 10 1-7 7 2 10-9-5-9 5 2-10-7-7 10-1z", fill: "#ffc53d" },
  anger: { d: "M70 16q8 2 8-7M84 9q0 8 8 8M92 23q-8 0-8 8M78 31q0-8-8-8", stroke: "#f03e3e" },
  note: { d: "M72 30V12l14-4v18M72 30a4.5 4 0 1 1-.1-1M86 26a4.5 4 0 1 1-.1-1", stroke: "#7048e8" },
  question: { d: "M72 16q1-8 9-8t8 7q0 5-8 9v5M81 35v.5", stroke: "#1c7ed6" },
  hand: { d: "M14 60q-7-16 1-20 4-2 6 5l1 4q1-12 6-11 4 1 3 11", stroke: "#b8860b" },
  thumb: { d: "M76 78v-18l7-14q6 1 4 8l-2 6h9q5 1 4 6l-3 10q-2 4-6 4z", fill: "#ffd76a", stroke: "#b8860b" },
};

const MOODS = {
  1988: { text: "Hello!", skin: "#ffd76a", eyes: "happy", mouth: "open", extra: "hand" },
  1989: { text: "Thank you", skin: "#ffc2d1", eyes: "closed", mouth: "smile", extra: "heart" },
  1990: { text: "OK!", skin: "#ffd76a", eyes: "wink", mouth: "smile", extra: "thumb" },
  1991: { text: "Hurray!", skin: "#a9e34b", eyes: "happy", mouth: "open", extra: "star" },
  1992: { text: "Hmm?", skin: "#a5d8ff", eyes: "dots", mouth: "small", extra: "question" },
  1993: { text: "I'm sorry", skin: "#c5d0ff", eyes: "sad", mouth: "sad", extra: "tear" },
  1994: { text: "Good night", skin: "#d0bfff", eyes: "closed", mouth: "small", extra: "zed" },
  1995: { text: "Oh no", skin: "#99e9f2", eyes: "cross", mouth: "open", extra: "sweat" },
  1996: { text: "La la la", skin: "#ffd8a8", eyes: "happy", mouth: "cat", extra: "note" },
  1997: { text: "Really?!", skin: "#b2f2bb", eyes: "wide", mouth: "o", extra: null },
  1998: { text: "Grr", skin: "#ffa8a8", eyes: "cross", mouth: "flat", extra: "anger" },
  1999: { text: "Love it", skin: "#fcc2d7", eyes: "happy", mouth: "cat", extra: "heart" },
  2000: { text: "Waiting…", skin: "#ffec99", eyes: "dots", mouth: "flat", extra: "sweat" },
};

/** LINE's set these ids belong to. */
export const PACKAGE = "446";

/** The stickers to pick from: `{ packageId, stickerId, text }`. */
export const stickers = Object.entries(MOODS).map(([stickerId, { text }]) => ({ packageId: PACKAGE, stickerId, text }));

const shape = ({ d, fill = "none", stroke }) =>
  svg("path", {
    d, fill, stroke: stroke ?? "none", "stroke-width": fill === "none" ? 4 : 2.5, "stroke-linecap": "round",
    "stroke-linejoin": "round",
  });

function draw({ text, skin, eyes, mouth, extra }) {
  const ink = "#3b2a20";
  const filled = (d) => (d.endsWith("z") ? { d, fill: ink } : { d, stroke: ink });
  return svg(
    "svg",
    { class: "sticker", viewBox: "0 0 100 100", role: "img", "aria-label": `Sticker: ${text}`, focusable: "false" },
    svg("title", {}, text),
    svg("ellipse", { cx: 50, cy: 93, rx: 27, ry: 4.5, fill: "#000", opacity: 0.12 }),
    svg("path", { d: "M50 17c24 0 36 16 36 37S72 91 50 91 14 75 14 54s12-37 36-37z", fill: skin, stroke: "#fff", "stroke-width": 5 }),
    svg("path", { d: "M50 17c24 0 36 16 36 37S72 91 50 91 14 75 14 54s12-37 36-37z", fill: "none", stroke: ink, "stroke-width": 2.5 }),
    svg("ellipse", { cx: 38, cy: 29, rx: 12, ry: 5, fill: "#fff", opacity: 0.55, transform: "rotate(-22 38 29)" }),
    svg("ellipse", { cx: 28, cy: 64, rx: 6.5, ry: 4, fill: "#ff6b6b", opacity: 0.4 }),
    svg("ellipse", { cx: 72, cy: 64, rx: 6.5, ry: 4, fill: "#ff6b6b", opacity: 0.4 }),
    EYES[eyes].map((d) => shape(filled(d))),
    shape(mouth === "open" ? { d: MOUTHS.open, fill: "#8f2d3a", stroke: ink } : filled(MOUTHS[mouth])),
    extra ? shape(EXTRAS[extra]) : null,
  );
}

/** A sticker as it stands in a chat: drawn when it is one of ours, else its words on a tile. */
export function stickerPicture({ packageId, stickerId, text }) {
  const mood = MOODS[stickerId];
  if (mood && (!packageId || packageId === PACKAGE)) return draw(mood);
  return h("div", { class: "sticker-tile", role: "img", "aria-label": `Sticker ${text ?? stickerId}` },
    h("strong", {}, text || "Sticker"), h("small", {}, [packageId, stickerId].filter(Boolean).join(" / ")));
}
