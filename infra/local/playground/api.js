// The conversation with the local environment: the contract is in this folder's README.

const BASE = "/playground/api";

async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(BASE + path, {
      method,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error("The local environment does not answer. Is it still running?");
  }
  const text = await answer.text();
  let json = null;
  try {
    json = text ? JSON.parse(text) : null;
  } catch {
    // An answer that is no JSON says nothing a person could use; its status does.
  }
  if (!answer.ok) throw new Error(json?.error ?? json?.detail ?? `The local environment answered ${answer.status}.`);
  return json;
}

/** Channels, guests, faults and everything said so far. */
export const fetchState = () => call("GET", "/state");

/** Lets a guest (`side: "channel"`) or the agent (`side: "platform"`) do something. */
export const act = (side, chat, action) =>
  call("POST", "/act", { side, connector: chat.connector, tenantId: chat.tenantId, guest: chat.id, action });

/** Another guest of this channel. */
export const addGuest = (channel) =>
  call("POST", "/guests", { connector: channel.connector, tenantId: channel.tenantId });

/** Puts faults in force at one simulator. */
export const setFaults = (connector, faults) => call("PUT", `/faults/${encodeURIComponent(connector)}`, faults);

/**
 * Follows what happens. `onConnection(true)` is called on every (re)connection: what was missed in between is fetched
 * with the state. A stream the server ends for good is opened anew.
 */
export function follow({ onScene, onWire, onConnection }) {
  let source;
  let wait = 500;
  const parsed = (handler) => (event) => {
    try {
      handler(JSON.parse(event.data));
    } catch (error) {
      console.warn("An event could not be shown.", error);
    }
  };
  const open = () => {
    source = new EventSource(`${BASE}/events`);
    source.onopen = () => {
      wait = 500;
      onConnection(true);
    };
    source.onmessage = parsed(onScene);
    source.addEventListener("wire", parsed(onWire));
    source.onerror = () => {
      onConnection(false);
      if (source.readyState === EventSource.CLOSED) {
        setTimeout(open, wait);
        wait = Math.min(wait * 2, 8000);
      }
    };
  };
  open();
}
