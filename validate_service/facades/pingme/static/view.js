// What the page shows: one section at a time, and every text as text.

const state = document.querySelector("#state").dataset;
const status = document.querySelector("#status");

/** A text of the page's language; its place for a number is filled. */
export function words(key, number = "") {
  return state[key].replace("$n", number);
}

export const formToken = () => state.formToken;
export const pushKey = () => state.pushKey;

export function keepFormToken(token) {
  state.formToken = token;
}

export const section = (name) => document.querySelector(`#${name}`);

export const isShown = (name) => !section(name).hidden;

/** Fill the places of a section, and show or hide its parts. */
export function fill(name, texts, parts = {}) {
  for (const [place, text] of Object.entries(texts)) {
    section(name).querySelector(`[data-show="${place}"]`).textContent = text;
  }
  for (const [part, shown] of Object.entries(parts)) {
    section(name).querySelector(`[data-part="${part}"]`).hidden = !shown;
  }
}

/** Show one section in place of the one before, and let whoever cannot see it hear of it. */
export function show(name) {
  for (const other of document.querySelectorAll("main > section")) {
    other.hidden = other.id !== name;
  }
  fault(name, "");
  section(name).querySelector("h1").focus();
}

export function fault(name, text) {
  const place = section(name).querySelector(".fault");
  if (place) {
    place.textContent = text;
  }
}

export function announce(text) {
  status.textContent = text;
}

export function showOffline(isOffline) {
  section("offline").hidden = !isOffline;
}

export function showPinBanner(isShownNow) {
  section("pin-banner").hidden = !isShownNow;
}

/** Do what a button asks for, once at a time; whatever fails is said beside it. */
export function onClick(name, button, act) {
  section(name).querySelector(`[name=${button}]`).addEventListener("click", () => doOnce(name, act));
}

export function onSubmit(name, act) {
  section(name).querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    doOnce(name, act);
  });
}

async function doOnce(name, act) {
  const controls = [...section(name).querySelectorAll("button, input")].filter((control) => !control.disabled);
  fault(name, "");
  controls.forEach((control) => { control.disabled = true; });
  try {
    await act();
  } catch (error) {
    fault(name, error.isForPeople ? error.message : words("failed"));
    if (!error.isForPeople) {
      console.error(error.name);
    }
  } finally {
    controls.forEach((control) => { control.disabled = false; });
    section(name).dispatchEvent(new Event("settled"));
  }
}
