// Calls to the server, and the session in which they are made.

import { loadPhone, sign } from "./keys.js";
import { signInStatement } from "./statements.js";
import { formToken, keepFormToken, showPinBanner, words } from "./view.js";

const RELOADED = "reloaded";

/** What was not done; its message is for people. */
export class Refusal extends Error {
  constructor(code, text) {
    super(text);
    this.code = code;
    this.isForPeople = true;
  }
}

/** Ask the server without a session, or in the present one. */
export async function post(path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Form-Token": formToken() },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Refusal("offline", words("offline"));
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    throw new Refusal(told.error, told.text ?? words("failed"));
  }
  return told;
}

/** Go on in a session that has just begun. */
export function enter({ form_token: token, pin_must_change: mustChange }) {
  keepFormToken(token);
  showPinBanner(mustChange);
}

/** Load the page once more, if it is not in the user's language. */
function speak(language) {
  if (language === document.documentElement.lang) {
    sessionStorage.removeItem(RELOADED);
  } else if (!sessionStorage.getItem(RELOADED)) {
    sessionStorage.setItem(RELOADED, "once");
    location.reload();
  }
}

export async function signIn(phone) {
  const { challenge } = await post("session/challenge", { device: phone.device });
  const signed = await signedOrRefused(phone, signInStatement(phone.device, challenge));
  const told = await post("session", { device: phone.device, signed });
  enter(told);
  speak(told.language);
}

/** Ask within a session; if it has ended, a key that asks nobody begins another. */
export async function ask(path, body) {
  try {
    return await post(path, body);
  } catch (refusal) {
    const phone = await loadPhone();
    if (refusal.code !== "caller_not_authorized" || phone?.kind !== "webcrypto") {
      throw refusal;
    }
    await signIn(phone);
    return post(path, body);
  }
}

/** What the phone signs; a passkey's user may have said no. */
export async function signedOrRefused(phone, statement) {
  try {
    return await sign(phone, statement);
  } catch {
    throw new Refusal("not_signed", words("noPasskey"));
  }
}
