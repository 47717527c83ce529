// The icons: 24 by 24, drawn with one stroke in the colour of the text around them.

import { svg } from "./dom.js";

const PATHS = {
  agent: ["M4 13v-1a8 8 0 0 1 16 0v1", "M4 13h3v6H6a2 2 0 0 1-2-2z", "M20 13h-3v6h1a2 2 0 0 0 2-2z", "M18 19c0 1.5-2 2.5-5 2.5"],
  alert: ["M12 3.5 2.5 20h19z", "M12 10v4.5", "M12 17.2v.1"],
  back: ["M15 5l-7 7 7 7"],
  block: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M5.8 5.8l12.4 12.4"],
  bolt: ["M13 2.5 5 13.5h6l-1 8 8-11h-6z"],
  calendar: ["M4 6.5h16V20H4z", "M4 10.5h16", "M8 3.5v4M16 3.5v4", "M8.5 15h.1M12 15h.1M15.5 15h.1"],
  card: ["M4 4.5h16v15H4z", "M4 11.5h16", "M7.5 15.5h5"],
  carousel: ["M6.5 5h11v14h-11z", "M3 7.5v9M21 7.5v9"],
  check: ["M4.5 12.5l5 5 10-11"],
  checks: ["M1.5 12.5l5 5 9.5-11", "M12 17.3l.2.2 10-11"],
  chevron: ["M6 9l6 6 6-6"],
  clear: ["M5 7h14", "M9.5 7V4.5h5V7", "M7 7l1 13h8l1-13"],
  clock: ["M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z", "M12 7.5V12l3 2"],
  close: ["M6 6l12 12M18 6L6 18"],
  copy: ["M9 9h11v11H9z", "M15 9V4H4v11h5"],
  down: ["M12 5v14", "M6 13l6 6 6-6"],
  end: ["M3 14.5c5-4.5 13-4.5 18 0l-2.2 3-4-1.7v-2.5a12 12 0 0 0-5.6 0v2.5l-4 1.7z"],
  eye: ["M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z", "M12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z"],
  file: ["M6 3h8l5 5v13H6z", "M14 3v5h5"],
  follow: ["M10 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z", "M3 20.5c0-4 3-6.5 7-6.5 2 0 3.7.6 5 1.7", "M18.5 14v6M15.5 17h6"],
  link: ["M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7", "M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7L12 17"],
  list: ["M8.5 6.5H20M8.5 12H20M8.5 17.5H20", "M4.5 6.5h.1M4.5 12h.1M4.5 17.5h.1"],
  menu: ["M4 7h16M4 12h16M4 17h16"],
  moon: ["M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z"],
  palette: ["M12 4.5v15", "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z", "M15 6.5v11M18 9v6"],
  pause: ["M8.5 5.5v13M15.5 5.5v13"],
  phone: ["M7 2.5h10v19H7z", "M11 18.5h2"],
  picture: ["M4 5h16v14H4z", "M4 16l5-5 4.5 4.5 2-2L20 18", "M15.5 9.2h.1"],
  pin: ["M12 21.5s7-6.2 7-11.5a7 7 0 0 0-14 0c0 5.3 7 11.5 7 11.5z", "M12 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z"],
  play: ["M7 4.5v15l12-7.5z"],
  plus: ["M12 5v14M5 12h14"],
  replies: ["M3.5 9.5h8v5h-8zM14 9.5h6.5v5H14z", "M3.5 5h10", "M3.5 19h6"],
  send: ["M4 12L20.5 4 16 20.5l-4.5-6.5z", "M11.5 14l9-10"],
  smile: ["M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z", "M8.5 14.2c1.7 2.4 5.3 2.4 7 0", "M9 9.7h.1M15 9.7h.1"],
  sound: ["M4 10v4M8 7v10M12 4v16M16 8v8M20 10.5v3"],
  sun: ["M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z", "M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4"],
  typing: ["M4 5h16v11H11l-4 3.5V16H4z", "M8.5 10.5h.1M12 10.5h.1M15.5 10.5h.1"],
  undo: ["M8 5L4 9l4 4", "M4 9h9.5a5.5 5.5 0 0 1 0 11H9"],
};

/** The icon of this name; purely decorative unless a label says what it means. */
export function icon(name, label) {
  return svg(
    "svg",
    {
      class: `icon icon-${name}`, viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": 1.9,
      "stroke-linecap": "round", "stroke-linejoin": "round", focusable: "false",
      ...(label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" }),
    },
    label ? svg("title", {}, label) : null,
    (PATHS[name] ?? PATHS.file).map((d) => svg("path", { d })),
  );
}

const TICKS = {
  sent: ["check", "Sent"],
  delivered: ["checks", "Delivered"],
  read: ["checks", "Read"],
  failed: ["alert", "Failed"],
};

/** How far a message got, as a mark: ✓ sent, ✓✓ delivered, ✓✓ in colour read, ⚠ failed, a clock while nothing is known. */
export function ticks(status) {
  const [name, label] = TICKS[status] ?? ["clock", "On its way"];
  const mark = icon(name, label);
  mark.classList.add("ticks", `ticks-${status ?? "pending"}`);
  return mark;
}
