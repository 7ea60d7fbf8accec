// The phone's key, which no script can read: made by the browser and kept in its database, or a passkey.

import { enrolmentStatement } from "./statements.js";

const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const STORE = "phone";
const CURRENT = "current";
const CANDIDATE = "candidate";

/** Bytes in Base64 for URLs, as the server reads them. */
export function written(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function bytesOf(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function withStore(mode, use) {
  const opening = indexedDB.open("pingme", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await settled(opening);
  try {
    return await settled(use(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

/** The phone that this browser is, or undefined. */
export function loadPhone() {
  return withStore("readonly", (store) => store.get(CURRENT));
}

/** Whether a key can be kept is found out before the link is used up. */
export function keepCandidate(key) {
  return withStore("readwrite", (store) => store.put(key, CANDIDATE));
}

export async function keepPhone(phone) {
  await withStore("readwrite", (store) => store.put(phone, CURRENT));
  await withStore("readwrite", (store) => store.delete(CANDIDATE));
}

const digestOf = (statement) => crypto.subtle.digest("SHA-256", statement);

async function signedBy(key, statement) {
  return written(await crypto.subtle.sign(ECDSA, key, statement));
}

async function makeOwnKey(invitation, name) {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(ECDSA, false, ["sign", "verify"]);
  const sent = {
    public_key: written(await crypto.subtle.exportKey("spki", publicKey)),
    signature: await signedBy(privateKey, enrolmentStatement(invitation.challenge, name)),
  };
  return { kept: { kind: "webcrypto", key: privateKey }, sent };
}

async function makePasskey(invitation, name) {
  const { user, user_handle: handle, challenge } = invitation;
  const { rawId, response } = await navigator.credentials.create({
    publicKey: {
      challenge: await digestOf(enrolmentStatement(challenge, name)),
      rp: { name: "PingMe" },
      user: { id: bytesOf(handle), name: user, displayName: user },
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      authenticatorSelection: { authenticatorAttachment: "platform", userVerification: "required" },
      attestation: "none",
    },
  });
  const sent = { client_data: written(response.clientDataJSON), attestation: written(response.attestationObject) };
  return { kept: { kind: "passkey", credential: rawId }, sent };
}

/** A new key of the kind that is asked for: what is kept of it, and what the server is sent. */
export function makeKey(invitation, name) {
  return invitation.kind === "passkey" ? makePasskey(invitation, name) : makeOwnKey(invitation, name);
}

/** What the phone's key makes of a statement. */
export async function sign(phone, statement) {
  if (phone.kind === "webcrypto") {
    return { signature: await signedBy(phone.key, statement) };
  }
  const { response } = await navigator.credentials.get({
    publicKey: {
      challenge: await digestOf(statement),
      allowCredentials: [{ type: "public-key", id: phone.credential }],
      userVerification: "required",
    },
  });
  return {
    client_data: written(response.clientDataJSON),
    authenticator_data: written(response.authenticatorData),
    signature: written(response.signature),
  };
}
