// Building elements. Text only ever becomes text nodes and attributes only ever come from a fixed set of names, so nothing
// a guest or an agent writes can become markup; the page runs under a policy that allows neither inline code nor HTML
// strings.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, to] of Object.entries(value)) element.style.setProperty(key, to);
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child !== undefined && child !== null && child !== false) element.append(child);
  }
  return element;
}

/** An HTML element: `h("button", { class: "x", onclick: f }, "text", child)`. */
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

/** An SVG element, the same way. */
export const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

/** The element with this id, which the page promises to have. */
export const byId = (id) => document.getElementById(id);

/** Replaces everything inside. */
export const refill = (element, ...children) => element.replaceChildren(...children.flat(Infinity).filter(Boolean));

/** A link target, when it is one that may be opened from here; `javascript:` and the like give null. */
export function safeUrl(url, protocols = ["http:", "https:"]) {
  if (typeof url !== "string" || url === "") return null;
  try {
    const parsed = new URL(url, location.href);
    return protocols.includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
const EXACT = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const SLOT = new Intl.DateTimeFormat(undefined, {
  weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false,
});

const formatted = (format) => (at) => {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "" : format.format(date);
};
/** `14:05`. */
export const clock = formatted(TIME);
/** `14:05:09`. */
export const exactClock = formatted(EXACT);
/** `Friday, 20 November`. */
export const day = formatted(DAY);
/** `Fri, 20 Nov, 14:05`. */
export const slot = formatted(SLOT);

/** `1.4 MB`. */
export function bytes(size) {
  if (!Number.isFinite(size)) return "";
  const units = ["B", "KB", "MB", "GB"];
  let step = 0;
  let value = size;
  while (value >= 1000 && step < units.length - 1) {
    value /= 1000;
    step += 1;
  }
  return `${value < 10 && step > 0 ? value.toFixed(1) : Math.round(value)} ${units[step]}`;
}
