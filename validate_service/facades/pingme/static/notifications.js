// Notifications: the service worker that shows them, and the subscription that lets the server send them.

import { bytesOf, written } from "./keys.js";
import { ask, Refusal } from "./server.js";
import { pushKey, words } from "./view.js";

const WORKER = "sw.js";
const scripts = window.trustedTypes?.createPolicy("pingme", {
  createScriptURL: (address) => (address === WORKER ? address : ""),
});

/** Without the worker there are no notifications, and all else works. */
export async function registerWorker() {
  try {
    await navigator.serviceWorker.register(scripts ? scripts.createScriptURL(WORKER) : WORKER);
  } catch (error) {
    console.warn(error.name);
  }
}

export function arePossible() {
  return Boolean(pushKey()) && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

export const areOn = () => arePossible() && Notification.permission === "granted";

/** Ask the user, from a tap, and subscribe. */
export async function turnOn() {
  if (await Notification.requestPermission() !== "granted") {
    throw new Refusal("blocked", words("blocked"));
  }
  await subscribe();
}

async function subscriptionOf(manager) {
  const present = await manager.getSubscription();
  const key = present?.options.applicationServerKey;
  if (key && written(key) === pushKey()) {
    return present;
  }
  await present?.unsubscribe();
  return manager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(pushKey()) });
}

async function subscribed() {
  const { pushManager } = await navigator.serviceWorker.ready;
  try {
    return await subscriptionOf(pushManager);
  } catch {
    throw new Refusal("no_subscription", words("noSubscription"));
  }
}

/** Let the server know where messages reach this phone: at each start, for push services move without a word. */
export async function subscribe() {
  const subscription = await subscribed();
  try {
    await ask("subscription", subscription.toJSON());
  } catch (refusal) {
    if (refusal.code !== "conflict") {
      throw refusal;
    }
    // This browser was set up before, as another phone, and its messages are still that one's.
    await subscription.unsubscribe();
    await ask("subscription", (await subscribed()).toJSON());
  }
}

/** Take back notifications of what was answered. */
export async function clear() {
  const registration = await navigator.serviceWorker?.getRegistration();
  for (const notification of await registration?.getNotifications() ?? []) {
    notification.close();
  }
}

/** Be told when a message came in. */
export function onMessage(act) {
  navigator.serviceWorker?.addEventListener("message", ({ data }) => (data === "pushed" ? act() : undefined));
}
