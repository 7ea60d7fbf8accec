// What the server says by itself.  Each answer is one event; the browser then asks again, and says which it has seen.

import { Refusal, signIn } from "./server.js";
import { show, showOffline } from "./view.js";

const AGAIN_MS = 2_000;

let source;
let failures = 0;

/** Let *take* have every event, while the page can be seen. */
export function listen(phone, take) {
  const open = () => {
    source?.close();
    source = document.hidden ? undefined : opened(phone, take, open);
  };
  document.addEventListener("visibilitychange", open);
  addEventListener("online", open);
  addEventListener("offline", () => showOffline(true));
  open();
}

function opened(phone, take, again) {
  const stream = new EventSource("events");
  let isAnswered = false;
  stream.onmessage = ({ data }) => {
    failures = 0;
    showOffline(false);
    take(JSON.parse(data));
  };
  stream.onopen = () => {
    isAnswered = true;
  };
  stream.onerror = () => {
    // An error behind an answer is its end; another one is a connection that did not come about.
    if (isAnswered && stream.readyState !== EventSource.CLOSED) {
      isAnswered = false;
      return;
    }
    const isRefused = stream.readyState === EventSource.CLOSED;
    stream.close();
    recover(phone, isRefused, again);
  };
  return stream;
}

async function recover(phone, isRefused, again) {
  failures += 1;
  showOffline(!isRefused);
  // The first refusal may be a server that is just starting.
  if (isRefused && failures > 1) {
    await letInAgain(phone);
  }
  setTimeout(again, AGAIN_MS);
}

async function letInAgain(phone) {
  if (phone.kind !== "webcrypto") {
    show("signed-out");
    return;
  }
  await signIn(phone).catch((refusal) => {
    if (!(refusal instanceof Refusal)) {
      throw refusal;
    }
    showOffline(refusal.code === "offline");
  });
}
