// The service worker: shows notifications and says when there is no connection.  It keeps nothing else, and answers no
// sign-in: whoever approves must see what.

const OFFLINE = "offline";
const PAGE = "./";
const ICON = "files/any/icon-192.png";

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(OFFLINE).then((cache) => cache.add(OFFLINE)));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate" && event.request.method === "GET") {
    event.respondWith(fetch(event.request).catch(() => caches.match(OFFLINE)));
  }
});

function titleIn(message) {
  try {
    return message.json().notification.title;
  } catch {
    return "PingMe";
  }
}

const windows = () => self.clients.matchAll({ type: "window", includeUncontrolled: true });

async function tellPages() {
  (await windows()).forEach((page) => page.postMessage("pushed"));
}

// Always a notification, also beside an open page: browsers end the subscription of those who send silent messages.
self.addEventListener("push", (event) => {
  const shown = { tag: "pingme", renotify: true, icon: ICON, requireInteraction: true };
  const notified = self.registration.showNotification(titleIn(event.data), shown);
  event.waitUntil(Promise.all([notified, tellPages()]));
});

async function openPage() {
  const page = (await windows()).find((one) => new URL(one.url).pathname === new URL(PAGE, self.location).pathname);
  return page ? page.focus() : self.clients.openWindow(PAGE);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage());
});

// The page tells the server of the new subscription when it is opened next.
self.addEventListener("pushsubscriptionchange", (event) => {
  const { oldSubscription: old } = event;
  event.waitUntil(old ? self.registration.pushManager.subscribe(old.options) : Promise.resolve());
});
