/** What the page is made of. It is written here, and by `store.js` with what the server has stored (`tests/js/test_pages.py`). */
import { batch, signal } from "../vendor/preact-htm-signals.js";
import { speech } from "../shared/language.js";
import { ask, path, Refusal } from "./api.js";

/** @template T @typedef {{ value: T, peek(): T }} Signal */

/** @type {Signal<"starting" | "login" | "open" | "cut">} */
export const phase = signal("starting");

/** The texts are those of texts.en.js, or of texts.de.js, which has the same keys. */
export const { language, texts, speak, choose } = speech({
  de: () => import("./texts.de.js"),
  en: () => import("./texts.en.js"),
});

/** @type {Signal<{ tenant: string, user: string, name: string, provider: boolean, issuers: string[] } | null>} */
export const me = signal(null);

/** @type {Signal<Record<string, import("./types.js").Queue>>} */
export const queues = signal({});

/** @type {Signal<Record<string, import("./types.js").Agent>>} */
export const agents = signal({});

/** @type {Signal<Record<string, import("./types.js").Service>>} */
export const services = signal({});

/** @type {Signal<import("./types.js").Licence>} */
export const licence = signal({ valid: false, seats_used: 0 });

/** @type {Signal<import("./types.js").Settings>} */
export const settings = signal(/** @type {any} */ ({}));

/** @type {Signal<import("./types.js").Calls>} */
export const calls = signal({ since: "", services: {} });

/** @type {Signal<string>} why the login is asked for */
export const loginWhy = signal("");

/** @type {Signal<string>} what has just been done, said on the page that follows */
export const said = signal("");

const MARK = "parley-admin";

/** Whether to ask at all: the cookie itself is not for scripts, and asking without it is an error on the console. */
export function start() {
  let seen = true;
  try {
    seen = localStorage.getItem(MARK) !== null;
  } catch {
    // no storage: then it is asked for
  }
  if (seen) load();
  else phase.value = "login";
}

/** Remembers whether there may be a login: before one leaves for the provider, there may be one on the way back. @param {boolean} on */
export function mark(on) {
  try {
    if (on) localStorage.setItem(MARK, "1");
    else localStorage.removeItem(MARK);
  } catch {
    // no storage: the next visit asks once in vain
  }
}

/** Said on the page that is seen now or next; nothing takes it away. @param {string} text */
export const tell = (text) => void (said.value = text);

/** Whoever tries to log in need not be told again why they have to. */
export const forgetWhy = () => void (loginWhy.value = "");

/** Everything that is set up, from the server. */
export async function load() {
  try {
    const [who, found] = [await ask("GET", path("me")), await all()];
    batch(() => {
      me.value = who;
      [queues.value, agents.value, services.value, licence.value, settings.value, calls.value] = found;
      loginWhy.value = "";
      phase.value = "open";
    });
    mark(true);
  } catch (refusal) {
    if (!isLogin(refusal)) phase.value = phase.peek() === "open" ? "open" : "cut";
  }
}

const all = () => Promise.all([
  ask("GET", path("queues")).then((found) => found.queues),
  ask("GET", path("agents")).then((found) => found.agents),
  ask("GET", path("services")).then((found) => found.services),
  ask("GET", path("licence")),
  ask("GET", path("settings")),
  ask("GET", path("calls")),
]);

/** @param {unknown} refusal @returns {boolean} whether somebody has to log in first: then that is asked for */
export function isLogin(refusal) {
  if (!(refusal instanceof Refusal) || ![401, 403].includes(refusal.status)) return false;
  const t = texts.peek().login;
  batch(() => {
    loginWhy.value = refusal.status === 403 ? t.notAdmin : phase.peek() === "open" ? t.expired : "";
    phase.value = "login";
  });
  mark(false);
  return true;
}

/** @param {unknown} refusal @returns {string} what to tell about it */
export function sentence(refusal) {
  const t = texts.peek();
  if (!(refusal instanceof Refusal)) throw refusal;
  return refusal.status === 0 ? t.unreachable : refusal.message || t.failed;
}

export async function logOut() {
  await ask("POST", "/v1/logout").catch(() => null);
  mark(false);
  location.reload();
}

export async function listen() {
  try {
    calls.value = await ask("GET", path("calls"));
  } catch (refusal) {
    isLogin(refusal); // what cannot be asked now is asked again soon
  }
}
