// Enrols a security key and signs in with it: two steps each on the connector, and the browser's between them.

const IN_WORDS = {
  AbortError: "Cancelled.",
  InvalidStateError: "This key is enrolled already.",
  NotAllowedError: "No key answered: nobody touched one in time, or no key of this user is here.",
  NotSupportedError: "This key can do none of what is asked of it.",
  SecurityError: "The browser asks no key here for this application.  It must be of this page's own host, and the host "
    + "must have a name: localhost is one, 127.0.0.1 is none.",
};

const form = document.forms[0];
const fields = form.elements;
const log = document.querySelector("#log");
const verdict = document.querySelector("[role=status]");
let cancellation = new AbortController();

/** What the connector did not do, or could not be asked; its message is for people. */
class Refusal extends Error {}

function tell(step, text, look) {
  const entry = document.createElement("li");
  const name = document.createElement("code");
  const words = document.createElement("span");
  entry.className = look;
  name.textContent = step;
  words.textContent = text;
  entry.append(name, words);
  log.querySelector("ol").append(entry);
  log.hidden = false;
}

function conclude(text, look = "") {
  verdict.textContent = text;
  verdict.className = `verdict ${look}`;
}

async function send(request) {
  try {
    const answer = await fetch(form.dataset.connector, { method: "POST", body: JSON.stringify(request) });
    return await answer.json();
  } catch {
    throw new Refusal("The server did not answer, or not in JSON.");
  }
}

async function ask(type, more) {
  const answer = await send({
    type,
    version: "FIDO2",
    username: fields.user.value,
    spAccountLoginName: fields.account.value,
    spAccountLoginKey: fields.key.value,
    ...more,
  });
  const { errorCode, errorMessage } = answer;
  tell(type, `errorCode ${errorCode} ${errorMessage}`, errorCode ? "fault" : "done");
  if (errorCode) throw new Refusal(`The server says no: ${errorMessage}`);
  return answer;
}

async function touch(step, answering) {
  conclude("Touch your key now.");
  try {
    const credential = await answering;
    tell(step, "A key answered.", "done");
    return credential.toJSON();
  } catch (error) {
    tell(step, `${error.name}: ${error.message}`, "fault");
    throw error;
  }
}

async function enrol(signal) {
  const { sessionId, publicKey: asked } = await ask("pre_enroll", { appId: fields.application.value });
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked);
  const credential = await touch("navigator.credentials.create", navigator.credentials.create({ publicKey, signal }));
  const { deviceId } = await ask("enroll", { sessionId, credential, securityKeyName: fields.name.value });
  return `Enrolled: the key is device ${deviceId} of ${fields.user.value}.`;
}

async function sign(signal) {
  const { sessionId, publicKey: asked } = await ask("pre_sign", { appId: fields.application.value });
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked);
  const credential = await touch("navigator.credentials.get", navigator.credentials.get({ publicKey, signal }));
  const { deviceId } = await ask("sign", { sessionId, credential });
  return `Signed in: ${fields.user.value}, by device ${deviceId}.`;
}

function inWords(error) {
  return error instanceof Refusal ? error.message : IN_WORDS[error.name] ?? `${error.name}: ${error.message}`;
}

function setBusy(busy) {
  fields.enrol.disabled = fields.sign.disabled = busy;
  fields.cancel.disabled = !busy;
}

async function run(steps) {
  log.querySelector("ol").replaceChildren();
  cancellation = new AbortController();
  setBusy(true);
  conclude("Asking the server.");
  try {
    conclude(await steps(cancellation.signal), "done");
  } catch (error) {
    conclude(inWords(error), "fault");
  } finally {
    setBusy(false);
  }
}

/** Fill in what stands behind the # of the address, which no server sees, and take it out of there. */
function fillIn() {
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    if (fields[name] instanceof HTMLInputElement) fields[name].value = value;
  }
  history.replaceState(null, "", location.pathname);
}

fields.application.value = location.origin;
fillIn();
addEventListener("hashchange", fillIn);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  run(event.submitter === fields.sign ? sign : enrol);
});
fields.cancel.addEventListener("click", () => cancellation.abort());
if (!globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON) {
  fields.enrol.disabled = fields.sign.disabled = true;
  conclude("This browser cannot ask security keys here: it is too old, or the page came neither over https:// nor from "
    + "http://localhost.", "fault");
}
