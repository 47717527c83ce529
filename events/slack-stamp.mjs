// Signs a sample of Slack's anew: its signatures are good for five minutes (https://docs.slack.dev/authentication/verifying-requests-from-slack).
//
//   node events/slack-stamp.mjs events/slack-webhook/text.json > text.json
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";

// Of the demo tenant on the simulated Slack.
const SIGNING_SECRET = "5169165169165169165169165169dead";

const [file] = process.argv.slice(2);
if (!file) {
  console.error("usage: node events/slack-stamp.mjs <event.json>");
  process.exit(2);
}
const event = JSON.parse(readFileSync(file, "utf8"));
const body = event.isBase64Encoded ? Buffer.from(event.body, "base64") : event.body;
const time = Math.floor(Date.now() / 1000);
const signature = createHmac("sha256", SIGNING_SECRET).update(`v0:${time}:`).update(body).digest("hex");
event.headers["x-slack-request-timestamp"] = String(time);
event.headers["x-slack-signature"] = `v0=${signature}`;
console.log(JSON.stringify(event, null, 2));
