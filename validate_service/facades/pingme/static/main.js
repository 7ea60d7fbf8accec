// Where the page begins: with a link, with the phone that it is, or with neither.

import { enrol, tokenIn } from "./enrolment.js";
import { start } from "./inbox.js";
import { loadPhone } from "./keys.js";
import { areOn, registerWorker, subscribe } from "./notifications.js";
import { Refusal, signIn } from "./server.js";
import { fault, formToken, onClick, onSubmit, section, show, words } from "./view.js";

let wanted = "";

/** What stands behind the "#", which is taken out of the address at once. */
function takeFragment() {
  const fragment = location.hash;
  history.replaceState(null, "", location.pathname);
  return fragment;
}

async function begin() {
  const fragment = takeFragment();
  const token = tokenIn(fragment);
  if (token) {
    await enrol(token);
    return;
  }
  wanted = fragment;
  const phone = await loadPhone().catch(() => undefined);
  if (!phone) {
    show("unknown");
  } else if (formToken() && wanted !== "#signed-out") {
    goOn(phone);
  } else if (phone.kind === "webcrypto" && wanted !== "#signed-out") {
    await letIn(phone);
  } else {
    show("signed-out");
  }
}

async function letIn(phone) {
  try {
    await signIn(phone);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) {
      throw refusal;
    }
    const isPassing = ["offline", "unavailable", "not_signed"].includes(refusal.code);
    const name = isPassing ? "signed-out" : "unknown";
    show(name);
    fault(name, isPassing ? refusal.message : `${words("phoneGone")}: ${refusal.message}`);
    return;
  }
  goOn(phone);
}

function goOn(phone) {
  if (wanted === "#account") {
    location.replace("account");
    return;
  }
  if (areOn()) {
    subscribe().catch(() => undefined);
  }
  start(phone);
}

async function openPasted() {
  const token = tokenIn(section("unknown").querySelector("input").value);
  if (!token) {
    throw new Refusal("no_link", words("noLink"));
  }
  await enrol(token);
}

onClick("signed-out", "go", async () => letIn(await loadPhone()));
onSubmit("unknown", openPasted);
addEventListener("hashchange", () => (location.hash ? begin() : undefined));
registerWorker();
begin();
