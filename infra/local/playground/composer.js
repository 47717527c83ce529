// Where something is written: Enter sends, Shift+Enter breaks the line, and an Enter that only confirms what an input
// method composes (Japanese, Korean, Chinese) does neither. Files come by picking, pasting and dropping.

import { h } from "./dom.js";
import { toast } from "./toast.js";

const TYPING_EVERY_MS = 4000;
/** Largest file the page sends, in bytes. */
const LARGEST = 20 * 1024 * 1024;

function read(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(new Error(`“${file.name}” could not be read.`));
    reader.readAsDataURL(file);
  });
}

/** A picked file as an action. */
export async function fileAction(file) {
  if (file.size > LARGEST) throw new Error(`“${file.name}” is larger than the 20 MB this page sends.`);
  if (file.size === 0) throw new Error(`“${file.name}” is empty.`);
  const extension = (file.type.split("/")[1] ?? "bin").replace("jpeg", "jpg");
  return { do: "file", name: file.name || `pasted.${extension}`, mime: file.type || "application/octet-stream", base64: await read(file) };
}

/** Lets the person pick files; `accept` as in an `<input>`. */
export function pick(accept, take) {
  const input = h("input", { type: "file", accept, multiple: true });
  input.addEventListener("change", () => take([...input.files]));
  input.click();
}

/**
 * Brings a textarea to life. `perform(action)` does it and throws a sentence when it cannot; `typed` is called now and then
 * while somebody writes.
 */
export function composer({ field, button, zone, perform, typed }) {
  let lastTyped = 0;
  const fit = () => {
    field.style.setProperty("height", "auto");
    field.style.setProperty("height", `${Math.min(field.scrollHeight, 132)}px`);
    button.disabled = field.value.trim() === "";
  };

  const send = async () => {
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    lastTyped = 0;
    fit();
    try {
      await perform({ do: "text", text });
    } catch (error) {
      toast(error.message);
      // Nothing written is lost, unless something newer stands there already.
      if (!field.value) field.value = text;
      fit();
    }
  };

  const files = async (list) => {
    for (const file of list) {
      try {
        await perform(await fileAction(file));
      } catch (error) {
        toast(error.message);
      }
    }
  };

  field.addEventListener("keydown", (event) => {
    // Safari ends a composition before the Enter that confirmed it; 229 is how it still says so.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  });
  field.addEventListener("input", () => {
    fit();
    if (typed && field.value && Date.now() - lastTyped > TYPING_EVERY_MS) {
      lastTyped = Date.now();
      typed();
    }
  });
  field.addEventListener("paste", (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (!pasted.length) return;
    event.preventDefault();
    files(pasted);
  });
  button.addEventListener("click", () => {
    send();
    field.focus();
  });

  let depth = 0;
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const mark = (on) => zone.classList.toggle("dropping", on);
  zone.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth += 1;
    mark(true);
  });
  zone.addEventListener("dragover", (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  zone.addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth = Math.max(0, depth - 1);
    if (!depth) mark(false);
  });
  zone.addEventListener("drop", (event) => {
    depth = 0;
    mark(false);
    if (!carriesFiles(event)) return;
    event.preventDefault();
    files([...event.dataTransfer.files]);
  });
  fit();
  return { files, fit };
}
