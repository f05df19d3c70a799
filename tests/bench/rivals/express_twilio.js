// Express, twilio and better-sqlite3 as their documentation shows them; each claim durable, as ours is.
const cluster = require("node:cluster");

if (cluster.isPrimary) {
  for (let n = 0; n < Number(process.env.WORKERS); n += 1) cluster.fork();
  return;
}

const express = require("express");
const session = require("cookie-session");
const twilio = require("twilio");
const Database = require("better-sqlite3");

const NAMES = "Alpha Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliet Kilo Lima Mike".split(" ");
const { PUBLIC_URL, TWILIO_AUTH_TOKEN } = process.env;

const db = new Database(process.env.BENCH_DATABASE, { timeout: 10000 });
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
const claim = db.prepare("INSERT OR IGNORE INTO claims VALUES (?, ?)");

const app = express();
app.use(express.urlencoded({ extended: false }));
app.use(session({ name: "session", keys: ["bench"] }));
const { protocol, host } = new URL(PUBLIC_URL);
app.use("/voice", twilio.webhook(TWILIO_AUTH_TOKEN, { protocol: protocol.slice(0, -1), host }));

const twiml = (response, voice) => response.type("text/xml").send(voice.toString());

app.post("/voice", (request, response) => {
  request.session.call = request.body.CallSid;
  const voice = new twilio.twiml.VoiceResponse();
  const gather = voice.gather({ numDigits: 49, action: "/voice/digits", timeout: 10 });
  gather.say({ voice: "Polly.Joanna-Neural" }, "Welcome. Please enter the 49 digits of your Installation ID.");
  voice.redirect("/voice");
  twiml(response, voice);
});

app.post("/voice/digits", (request, response) => {
  if (request.session.call !== request.body.CallSid) return response.status(400).end();
  const keyed = request.body.Digits;
  claim.run(keyed, request.body.CallSid);
  const voice = new twilio.twiml.VoiceResponse();
  NAMES.forEach((name, place) => {
    const block = [...keyed.slice(place * 3, place * 3 + 7)].join(" ");
    const gather = voice.gather({ numDigits: 1, action: "/voice/end", timeout: 1 });
    for (let twice = 0; twice < 2; twice += 1) gather.say({ voice: "Polly.Joanna-Neural" }, `${name}. ${block}.`);
  });
  return twiml(response, voice);
});

app.post("/voice/end", (request, response) => {
  const voice = new twilio.twiml.VoiceResponse();
  voice.say("Thank you for calling. Goodbye.");
  voice.hangup();
  twiml(response, voice);
});

app.post("/voice/status", (request, response) => response.status(204).end());

app.listen(Number(process.env.PORT), "127.0.0.1");
