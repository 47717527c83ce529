// What is ready to be sent, so that nobody has to invent anything to try the page out.

import { h } from "./dom.js";
import { DEMO } from "./pictures.js";

const at = (days, hour, minute) => {
  const date = new Date();
  date.setDate(date.getDate() + days);
  date.setHours(hour, minute, 0, 0);
  return date.toISOString();
};
const picture = (name) => `${DEMO}${name}.jpg`;
const postback = (text, payload) => ({ type: "postback", text, payload });

const room = (title, description, name, payload) => ({
  title, description, imageUrl: picture(name),
  actions: [postback("Book", `book:${payload}`), { type: "link", text: "See more", url: `https://www.example.com/rooms/${payload}` }],
});

/** Rich messages of the agent: what the button says, the capability it needs, and how to make one now. */
export const rich = [
  {
    icon: "replies", label: "Quick replies", capability: "quickReplies",
    make: () => ({
      type: "quickReplies", text: "How can I help you today?",
      options: [
        { text: "🛏️ Book a room", payload: "intent:book" }, { text: "🕒 Opening hours", payload: "intent:hours" },
        { text: "🙋 Something else", payload: "intent:other" },
      ],
    }),
  },
  {
    icon: "card", label: "Card", capability: "card",
    make: () => ({ type: "card", ...room("Garden suite", "48 m², cherry tree at the window, breakfast included.", "garden", "garden") }),
  },
  {
    icon: "carousel", label: "Carousel", capability: "carousel",
    make: () => ({
      type: "carousel",
      cards: [
        room("Garden suite", "48 m² · breakfast included", "garden", "garden"),
        room("Sea view", "32 m² · balcony to the harbour", "sea", "sea"),
        room("Mountain loft", "40 m² · under the roof", "mountain", "mountain"),
        room("Hot spring", "Private bath, open until midnight", "spa", "spa"),
      ],
    }),
  },
  {
    icon: "calendar", label: "Date picker", capability: "datePicker",
    make: () => ({
      type: "datePicker", title: "When shall we call you?", subtitle: "It takes about half an hour.",
      times: [at(1, 10, 0), at(1, 14, 30), at(2, 9, 0), at(2, 16, 30)].map((time) => ({ at: time, durationS: 1800 })),
    }),
  },
];

/** First words of a guest. */
export const openings = ["Hello! Do you have a room for tonight? 🛏️", "こんにちは 👋", "안녕하세요 😊"];

/** First answers of an agent. */
export const answers = ["Hello, how can I help you?", "One moment, please.", "Thank you, have a nice day! 🙏"];

/** Places to share. */
export const places = [
  { title: "Tokyo Station", latitude: 35.681236, longitude: 139.767125 },
  { title: "N Seoul Tower", latitude: 37.551169, longitude: 126.988227 },
  { title: "Marina Bay, Singapore", latitude: 1.283333, longitude: 103.86 },
];

const encoded = (buffer) => {
  let text = "";
  for (const byte of new Uint8Array(buffer)) text += String.fromCharCode(byte);
  return btoa(text);
};

/** A sunset that is a little different each time, as a real JPEG. */
export function samplePicture() {
  const canvas = h("canvas", { width: 960, height: 720 });
  const pen = canvas.getContext("2d");
  const tone = Math.random() * 360;
  const light = pen.createLinearGradient(0, 0, 0, 720);
  light.addColorStop(0, `hsl(${tone} 65% 34%)`);
  light.addColorStop(0.55, `hsl(${(tone + 45) % 360} 88% 66%)`);
  light.addColorStop(1, `hsl(${(tone + 70) % 360} 92% 82%)`);
  pen.fillStyle = light;
  pen.fillRect(0, 0, 960, 720);
  pen.fillStyle = "rgb(255 250 225 / 95%)";
  pen.beginPath();
  pen.arc(260 + Math.random() * 440, 300, 76, 0, Math.PI * 2);
  pen.fill();
  for (let ridge = 0; ridge < 4; ridge += 1) {
    const base = 400 + ridge * 78;
    const phase = Math.random() * 9;
    pen.fillStyle = `hsl(${(tone + 200) % 360} ${36 - ridge * 4}% ${40 - ridge * 9}%)`;
    pen.beginPath();
    pen.moveTo(0, 720);
    for (let x = 0; x <= 960; x += 12) {
      pen.lineTo(x, base + Math.sin(x / (130 - ridge * 18) + phase) * 46 + Math.sin(x / 41 + phase * 3) * 13);
    }
    pen.lineTo(960, 720);
    pen.fill();
  }
  return { do: "file", name: "sunset.jpg", mime: "image/jpeg", base64: canvas.toDataURL("image/jpeg", 0.86).split(",")[1] };
}

/** Two seconds of a chime, as a WAV. */
export function sampleSound() {
  const rate = 16000;
  const length = rate * 2;
  const view = new DataView(new ArrayBuffer(44 + length * 2));
  const word = (offset, text) => [...text].forEach((letter, index) => view.setUint8(offset + index, letter.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, 36 + length * 2, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, length * 2, true);
  const notes = [659.25, 783.99, 1046.5];
  for (let index = 0; index < length; index += 1) {
    const time = index / rate;
    const level = notes.reduce((sum, note, number) => {
      const age = time - number * 0.22;
      return age < 0 ? sum : sum + Math.sin(2 * Math.PI * note * age) * Math.exp(-age * 3.2);
    }, 0);
    view.setInt16(44 + index * 2, level * 7000, true);
  }
  return { do: "file", name: "chime.wav", mime: "audio/wav", base64: encoded(view.buffer) };
}

/** A one-page PDF. */
export function sampleDocument() {
  const words = "BT /F1 28 Tf 72 700 Td (Booking confirmation) Tj 0 -40 Td /F1 14 Tf (Thank you for choosing the Garden suite.) Tj ET";
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${words.length} >>\nstream\n${words}\nendstream`, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let text = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return String(offset).padStart(10, "0");
  });
  const table = text.length;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map((offset) => `${offset} 00000 n \n`).join("")}`;
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
  return { do: "file", name: "confirmation.pdf", mime: "application/pdf", base64: btoa(text) };
}
