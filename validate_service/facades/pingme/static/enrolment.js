// Setting a phone up: from a link to a phone that is let in.

import { start, sendTest } from "./inbox.js";
import { keepCandidate, keepPhone, makeKey } from "./keys.js";
import { areOn, arePossible, subscribe, turnOn } from "./notifications.js";
import { enter, post, Refusal } from "./server.js";
import { fault, fill, onClick, onSubmit, section, show, words } from "./view.js";

let token = "";
let invitation;
let phone;

const isOnApple = /iPhone|iPad|iPod/.test(navigator.userAgent)
  || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
const isInstalled = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;

/** The token in a link; empty if it is none. */
export const tokenIn = (link) => /#enrol=([\w-]+)$/.exec(link.trim())?.[1] ?? "";

/** Begin with the token of a link; opening it changes nothing yet. */
export async function enrol(newToken) {
  token = newToken;
  try {
    invitation = await post("enrolment/open", { token });
  } catch (refusal) {
    showDeadLink(refusal);
    return;
  }
  if (isOnApple && !isInstalled) {
    show("install");
  } else {
    showInvitation();
  }
}

function showDeadLink(refusal) {
  if (refusal.code === "not_found") {
    show("link");
    return;
  }
  section("unknown").querySelector("input").value = `#enrol=${token}`;
  show("unknown");
  fault("unknown", refusal.message);
}

function showInvitation() {
  const { user, organisation, kind } = invitation;
  fill("invitation", { user, organisation }, { organisation: Boolean(organisation), passkey: kind === "passkey" });
  section("invitation").querySelector("input").value = phoneName();
  show("invitation");
}

function phoneName() {
  const known = /iPhone|iPad|Android|Windows|Macintosh|Linux/.exec(navigator.userAgent);
  return known ? known[0] : words("phone");
}

async function finish() {
  const name = section("invitation").querySelector("input").value.trim();
  const { kept, sent } = await madeKey(name);
  try {
    const told = await post("enrolment/finish", { token, name, key: sent });
    phone = { ...kept, device: told.device };
    await keepPhone(phone);
    token = "";
    enter(told);
  } catch (refusal) {
    if (refusal.code !== "not_found") {
      throw refusal;
    }
    show("link");
    return;
  }
  await goOn();
}

async function madeKey(name) {
  try {
    const made = await makeKey(invitation, name);
    await keepCandidate(made.kept);
    return made;
  } catch {
    throw new Refusal("no_key", words(invitation.kind === "passkey" ? "noPasskey" : "noKey"));
  }
}

async function goOn() {
  if (!arePossible()) {
    show("trial");
  } else if (areOn()) {
    await subscribe().catch(() => undefined);
    show("trial");
  } else {
    show("notifications");
  }
}

onSubmit("invitation", finish);
onClick("install", "anyway", showInvitation);
onClick("install", "copy", async () => {
  await navigator.clipboard.writeText(`${location.origin}${location.pathname}#enrol=${token}`);
  section("install").querySelector("[name=copy]").textContent = words("copied");
});
onClick("notifications", "go", async () => {
  await turnOn();
  show("trial");
});
onClick("notifications", "later", () => show("trial"));
onClick("trial", "go", async () => {
  await sendTest();
  start(phone);
});
onClick("trial", "later", () => start(phone));
