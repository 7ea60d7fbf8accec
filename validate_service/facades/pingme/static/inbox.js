// What waits for an answer: shown one after another, the oldest first.

import { listen } from "./events.js";
import { arePossible, areOn, clear, onMessage, turnOn } from "./notifications.js";
import { ask, signedOrRefused } from "./server.js";
import { answerStatement } from "./statements.js";
import { announce, fault, fill, isShown, onClick, onSubmit, section, show, words } from "./view.js";

const SECOND = 1_000_000; // instants are in microseconds
const SAID_AT = [30, 10];
const RESULT_STAYS_MS = 2_000;
const CHOICE_STAYS_MS = 30_000;
/** Refusals after which the question is over, and how that is called; after others it can be answered again. */
const ENDS = {
  denied: "denied",
  replayed: "elsewhere",
  expired: "late",
  not_found: "late",
  device_disabled: "failed",
  counter_not_greater: "failed",
};

let phone;
let skew = 0; // what the server's clock is ahead of the phone's
let pending = [];
let question; // the one that is shown, or was just denied
let answering = false;
let staysUntil = 0;
let secondsLeft = Infinity;
let testSentAt = NaN;
const over = new Set();

const serverNow = () => Date.now() * 1000 + skew;
const waiting = () => pending.filter(({ id, expires_at: end }) => !over.has(id) && end > serverNow());
const input = (name) => section("question").querySelector(`[name=${name}]`);

/** Go on as the phone that was let in. */
export function start(itself) {
  phone = itself;
  showIdle();
  listen(phone, take);
}

export async function sendTest() {
  testSentAt = performance.now();
  await ask("test", {});
}

function sinceTest() {
  const seconds = (performance.now() - testSentAt) / 1000;
  return seconds.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 2 });
}

function take({ now, questions }) {
  skew = now - Date.now() * 1000;
  pending = questions;
  if (question && isShown("question") && !answering && !pending.some(({ id }) => id === question.id)) {
    conclude(question.expires_at <= serverNow() ? "late" : "elsewhere");
  }
  goOn();
}

/** Show what waits, unless the user is still about something else. */
function goOn() {
  const next = waiting()[0];
  const isFree = isShown("idle")
    || ((isShown("result") || isShown("denied")) && Date.now() >= staysUntil);
  if (next && isFree) {
    showQuestion(next);
  }
  fill("question", {}, { more: waiting().length > 1 });
}

function showIdle() {
  question = undefined;
  const next = waiting()[0];
  if (next) {
    showQuestion(next);
    return;
  }
  section("idle").querySelector("[name=notifications]").hidden = !arePossible() || areOn();
  show("idle");
}

function showQuestion(next) {
  question = next;
  secondsLeft = Infinity;
  if (next.test && !Number.isNaN(testSentAt)) {
    fill("result", { more: words("roundTrip", sinceTest()) });
  }
  const { login_to: place, user, address, message, needs_number: number, needs_pin: pin, test } = next;
  const parts = { somewhere: place && !test, nowhere: !place && !test, test, address, message, number, pin };
  fill("question", { login_to: place, user, address, message }, parts);
  for (const [name, needed] of [["number", number], ["pin", pin]]) {
    input(name).value = "";
    input(name).required = needed;
  }
  show("question");
  updateApprove();
  tick();
}

/** Approving takes what is asked for. */
function updateApprove() {
  if (!answering) {
    input("approve").disabled = ["number", "pin"].some((name) => input(name).required && !input(name).value.trim());
  }
}

function tick() {
  if (question && isShown("question")) {
    showTime();
  } else {
    goOn();
  }
}

function showTime() {
  const { asked_at: asked, expires_at: expires } = question;
  const ago = Math.max(0, Math.floor((serverNow() - asked) / SECOND));
  const left = Math.max(0, Math.ceil((expires - serverNow()) / SECOND));
  fill("question", { ago: words("ago", ago), left: words("left", left) });
  section("question").querySelector("progress").value = left * SECOND / (expires - asked);
  const passed = SAID_AT.find((moment) => left <= moment && secondsLeft > moment && secondsLeft !== Infinity);
  secondsLeft = left;
  if (passed) {
    announce(words("leftSaid", left));
  }
  if (left === 0 && !answering) {
    conclude("late");
  }
}

/** Say how it ended. */
function conclude(key, text = words(`${key}Why`)) {
  over.add(question.id);
  fill("result", { title: words(key), text });
  if (!question.test) {
    fill("result", { more: "" });
  }
  staysUntil = Date.now() + RESULT_STAYS_MS;
  show("result");
  clear();
}

async function answer(approve) {
  const number = approve && question.needs_number ? input("number").value.trim() : "";
  const pin = approve && question.needs_pin ? input("pin").value : "";
  answering = true;
  try {
    const signed = await signedOrRefused(phone, answerStatement(phone.device, question, number, approve));
    await ask(`answers/${question.id}`, { approve, number, pin, signed });
  } catch (refusal) {
    takeRefusal(refusal);
    return;
  } finally {
    answering = false;
  }
  showAnswered(approve);
}

function takeRefusal(refusal) {
  if (refusal.code in ENDS) {
    conclude(ENDS[refusal.code], refusal.message);
    return;
  }
  fault("question", refusal.message);
  const wrong = { wrong_number: "number", wrong_code: "pin" }[refusal.code];
  if (wrong) {
    input(wrong).value = "";
    section("question").addEventListener("settled", () => input(wrong).focus(), { once: true });
  }
}

function showAnswered(approve) {
  if (approve) {
    conclude(question.test ? "testApproved" : "approved");
  } else if (question.test) {
    conclude("denied");
  } else {
    over.add(question.id);
    staysUntil = Date.now() + CHOICE_STAYS_MS;
    show("denied");
    clear();
  }
}

async function report(suspicious) {
  await ask(`reports/${question.id}`, { suspicious });
  conclude(suspicious ? "reported" : "mistake");
}

onSubmit("question", () => answer(true));
onClick("question", "deny", () => answer(false));
onClick("denied", "suspicious", () => report(true));
onClick("denied", "mistake", () => report(false));
onClick("result", "go", showIdle);
onClick("idle", "test", sendTest);
onClick("idle", "notifications", async () => {
  await turnOn();
  showIdle();
});
section("question").addEventListener("input", updateApprove);
section("question").addEventListener("settled", updateApprove);
onMessage(() => {
  if (question?.test && !Number.isNaN(testSentAt)) {
    fill("result", { more: words("byNotification", sinceTest()) });
  }
});
setInterval(tick, 500);
