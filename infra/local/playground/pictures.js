// Drawn pictures: those on the demo's cards, a map for a shared place. A card's picture must have an https address that a
// network would accept, and this page works offline: the addresses under `DEMO` are therefore drawn here, never fetched.

import { svg } from "./dom.js";

/** Where the pictures of the demo's cards would live. */
export const DEMO = "https://images.example.com/demo/";

let serial = 0;

function sky(from, to) {
  serial += 1;
  const id = `sky-${serial}`;
  return [
    svg("defs", {}, svg("linearGradient", { id, x1: 0, y1: 0, x2: 0, y2: 1 },
      svg("stop", { offset: 0, "stop-color": from }), svg("stop", { offset: 1, "stop-color": to }))),
    svg("rect", { width: 320, height: 180, fill: `url(#${id})` }),
  ];
}

const path = (d, fill, more) => svg("path", { d, fill, ...more });
const disc = (cx, cy, r, fill, more) => svg("circle", { cx, cy, r, fill, ...more });
const box = (x, y, width, height, fill, rx = 0) => svg("rect", { x, y, width, height, fill, rx });

const SCENES = {
  garden: () => [
    sky("#fff3e0", "#ffd9b8"), box(28, 22, 264, 112, "#fffaf3", 4), box(36, 30, 122, 96, "#bfe3f2"), box(162, 30, 122, 96, "#cdeaf5"),
    disc(232, 62, 20, "#fff3b0"), path("M36 126V96q30-30 60-6t62-10v46z", "#7cc08a"), path("M162 126V92q34 22 62-2t60 8v28z", "#68b07a"),
    disc(78, 84, 18, "#f4a7bd"), disc(98, 74, 14, "#f7bfd0"), disc(60, 76, 12, "#f7bfd0"), path("M76 98h5v28h-5z", "#7a5540"),
    box(0, 134, 320, 46, "#c98f5f"), box(56, 126, 208, 26, "#fdfdfb", 12), box(56, 140, 208, 24, "#e7ddd0", 8), box(72, 114, 54, 22, "#ffffff", 10),
    box(194, 114, 54, 22, "#ffffff", 10), box(60, 138, 200, 9, "#5a8f7b"),
  ],
  sea: () => [
    sky("#ff9a76", "#ffd9a0"), disc(226, 84, 30, "#fff1c1"), box(0, 94, 320, 86, "#3a86a8"), path("M196 96h60l18 84h-96z", "#ffd9a0", { opacity: 0.5 }),
    path("M0 112q40-8 80 0t80 0 80 0 80 0v68H0z", "#2f7396", { opacity: 0.7 }), path("M0 136q40-8 80 0t80 0 80 0 80 0v44H0z", "#265e7d"),
    path("M92 100l26-44v44zM88 100V66l-18 34z", "#fffaf0"), path("M62 104h66q-8 16-22 16H80q-12 0-18-16z", "#8a3b2b"),
    path("M0 180q60-34 130-20t190 4v16z", "#f2d9a6"),
  ],
  mountain: () => [
    sky("#8ec5ff", "#e8f5ff"), disc(262, 40, 18, "#fff6cf"), path("M20 150L128 30l104 120z", "#5d7f9c"), path("M128 30l-34 38 16-4 18 12 16-14 16 8z", "#ffffff"),
    path("M140 150l78-78 92 78z", "#7496b0"), path("M218 72l-20 20 12-2 10 8 12-10 6 2z", "#ffffff"), path("M0 146q70-28 150-8t170-4v46H0z", "#6fae6b"),
    path("M0 164q90-24 170-6t150-4v26H0z", "#558f58"), path("M58 150l12-34 12 34zM88 154l10-28 10 28zM252 148l11-30 11 30z", "#2f6b46"),
  ],
  spa: () => [
    sky("#2b3a67", "#7b6fa8"), disc(250, 44, 22, "#fff4d1"), disc(240, 38, 20, "#33426f"), path("M0 110q80-30 160-8t160-6v84H0z", "#3d4a5f"),
    path("M30 142q130-34 260 0v38H30z", "#6fb7c9"), path("M30 142q130-34 260 0-130 20-260 0z", "#9bd7e3"),
    path("M104 120q-10-14 0-26t0-26M160 114q-10-14 0-26t0-26M216 120q-10-14 0-26t0-26", "none", { stroke: "#fff", "stroke-width": 6, "stroke-linecap": "round", opacity: 0.55 }),
    disc(48, 150, 20, "#55606f"), disc(276, 152, 22, "#4a5462"), disc(300, 160, 16, "#677383"), disc(20, 160, 16, "#677383"),
  ],
  none: (seed) => {
    const tone = [...seed].reduce((sum, character) => (sum * 31 + character.codePointAt(0)) % 360, 0);
    return [sky(`hsl(${tone} 60% 72%)`, `hsl(${(tone + 60) % 360} 62% 58%)`), disc(252, 44, 70, "#fff", { opacity: 0.16 }), disc(40, 160, 92, "#fff", { opacity: 0.12 })];
  },
};

const frame = (title, children) =>
  svg("svg", { class: "picture", viewBox: "0 0 320 180", preserveAspectRatio: "xMidYMid slice", role: "img", "aria-label": title, focusable: "false" }, children);

/** A drawing for a demo address; null for any other. */
export function drawn(url, title) {
  if (!url?.startsWith(DEMO)) return null;
  const name = url.slice(DEMO.length).replace(/\.\w+$/, "");
  return frame(title, (SCENES[name] ?? SCENES.none)(name));
}

/** A coloured field in place of a picture that cannot be shown. */
export const placeholder = (seed, title) => frame(title, SCENES.none(seed));

/** A small map around a place, invented from its coordinates: the same place always looks the same. */
export function map(latitude, longitude) {
  let state = Math.abs(Math.trunc(latitude * 7919 + longitude * 104729)) || 1;
  const random = () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
  const tilt = random() * 50 - 25;
  const roads = [];
  for (let at = -60; at < 400; at += 44 + random() * 22) {
    roads.push(`M${at} -120L${at} 320`, `M-120 ${at}L440 ${at}`);
  }
  const blocks = Array.from({ length: 4 }, () => box(random() * 280, random() * 140, 50 + random() * 60, 36 + random() * 40, "var(--map-green)", 6));
  return frame("Map", [
    box(0, 0, 320, 180, "var(--map-land)"),
    svg("g", { transform: `rotate(${tilt.toFixed(1)} 160 90)` }, blocks,
      path(`M-80 ${(random() * 120 + 30).toFixed(0)}q120 ${(random() * 80 - 40).toFixed(0)} 240 0t260 0`, "none", { stroke: "var(--map-water)", "stroke-width": 26 }),
      path(roads.join(""), "none", { stroke: "var(--map-road)", "stroke-width": 7 }),
      path("M-120 104L440 84", "none", { stroke: "var(--map-way)", "stroke-width": 11 })),
    svg("ellipse", { cx: 160, cy: 104, rx: 11, ry: 4, fill: "#000", opacity: 0.25 }),
    path("M160 104c-5-13-22-21-22-38a22 22 0 0 1 44 0c0 17-17 25-22 38z", "#e5484d", { stroke: "#fff", "stroke-width": 3 }),
    disc(160, 66, 8, "#fff"),
  ]);
}
