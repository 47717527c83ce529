// How the guest's telephone looks on each network. A channel that is not listed gets a colour of its own from its name,
// so a new connector shows up here without a change.

const LOOKS = {
  "line": { accent: "#06c755", mine: ["#86e06a", "#3fae5a"], mineInk: ["#0b2610", "#04140a"], chat: ["#93b1dc", "#16202e"], mark: "L" },
  "telegram": { accent: "#2aabee", mine: ["#e3fdd0", "#2b5278"], mineInk: ["#12220a", "#f2f7fc"], chat: ["#b4cfae", "#0e1621"], mark: "T" },
  "viber": { accent: "#7360f2", mine: ["#dcd6ff", "#5648b8"], mineInk: ["#1d1647", "#ffffff"], chat: ["#f0eef9", "#17151f"], mark: "V" },
  "slack": { accent: "#611f69", mine: ["#f0e4f2", "#4d2354"], mineInk: ["#2a0d2e", "#fbeffd"], chat: ["#ffffff", "#1a1d21"], mark: "S" },
  "teams": { accent: "#5b5fc7", mine: ["#e8ebfa", "#3a3d86"], mineInk: ["#1b1c4a", "#f1f2ff"], chat: ["#f5f5f5", "#1f1f1f"], mark: "T" },
  "apple-messages": { accent: "#0a84ff", mine: ["#0b7bff", "#0a84ff"], mineInk: ["#ffffff", "#ffffff"], chat: ["#ffffff", "#000000"], mark: "A" },
  "wechat": { accent: "#07c160", mine: ["#95ec69", "#2fa35a"], mineInk: ["#0c2107", "#04140a"], chat: ["#ededed", "#191919"], mark: "W" },
  "zalo": { accent: "#0068ff", mine: ["#d7e9ff", "#14478f"], mineInk: ["#071d3d", "#eef5ff"], chat: ["#e6ebf1", "#101a28"], mark: "Z" },
  "bizm-kakaotalk": { accent: "#e6b800", mine: ["#fee500", "#e3cc0a"], mineInk: ["#241c00", "#241c00"], chat: ["#bacee0", "#1c2733"], mark: "K" },
  "infobank-kakaotalk": { accent: "#e6b800", mine: ["#fee500", "#e3cc0a"], mineInk: ["#241c00", "#241c00"], chat: ["#bacee0", "#1c2733"], mark: "K" },
  "google-chat": { accent: "#00832d", mine: ["#d3f0dc", "#1d5c36"], mineInk: ["#05240f", "#effff4"], chat: ["#ffffff", "#171a18"], mark: "G" },
  "google-business-messages": { accent: "#1a73e8", mine: ["#d2e3fc", "#1c4a8f"], mineInk: ["#0a2147", "#f0f6ff"], chat: ["#ffffff", "#15181d"], mark: "G" },
  "plus-message": { accent: "#e4002b", mine: ["#ffdfe4", "#8f1a31"], mineInk: ["#3d0510", "#fff1f3"], chat: ["#f7f4f4", "#1d1617"], mark: "+" },
  "disqus": { accent: "#2e9fff", mine: ["#d9eeff", "#1b5488"], mineInk: ["#07243f", "#eff8ff"], chat: ["#f4f7fa", "#141a20"], mark: "D" },
};

const PLATFORM_LOOKS = {
  "genesys-cloud": { accent: "#ff4f1f", mark: "G" },
  "pureconnect": { accent: "#d6336c", mark: "P" },
};

function hue(name) {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)) % 360;
  return sum;
}

/** The colours of a channel or platform. */
export function look(connector) {
  const known = LOOKS[connector] ?? PLATFORM_LOOKS[connector];
  if (known) return known;
  const tone = hue(connector);
  return {
    accent: `hsl(${tone} 62% 42%)`,
    mine: [`hsl(${tone} 75% 86%)`, `hsl(${tone} 40% 32%)`],
    mineInk: [`hsl(${tone} 60% 12%)`, "#ffffff"],
    chat: [`hsl(${tone} 30% 94%)`, `hsl(${tone} 20% 10%)`],
    mark: connector.slice(0, 1).toUpperCase(),
  };
}

/** Dresses an element in a connector's colours, for light and dark. */
export function dress(element, connector) {
  const { accent, mine, mineInk, chat } = look(connector);
  const set = (name, value) => element.style.setProperty(name, value);
  set("--channel", accent);
  if (!chat) return element;
  set("--chat", `light-dark(${chat[0]}, ${chat[1]})`);
  set("--mine", `light-dark(${mine[0]}, ${mine[1]})`);
  set("--mine-ink", `light-dark(${mineInk[0]}, ${mineInk[1]})`);
  element.dataset.connector = connector;
  return element;
}

/** A friendly colour for a guest, the same each time. */
export const guestColour = (id) => `hsl(${hue(id)} 62% 58%)`;

/** Capabilities that say why a button is of no use on this channel; null when it works. */
export function reasonAgainst(channel, capability) {
  const can = channel?.capabilities?.[capability];
  if (can !== "no" && can !== false) return null;
  const name = channel.name;
  const reasons = {
    typingToAgent: `${name} tells nobody that its guest is typing.`,
    typingToGuest: `${name} shows its guests no typing.`,
    readReceipts: `${name} tells nobody that its guest has read a message.`,
    sticker: `${name} has no stickers.`,
  };
  return reasons[capability] ?? `${name} cannot show this.`;
}
