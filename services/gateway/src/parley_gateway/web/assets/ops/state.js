/** What the page knows of itself: the language, whether somebody is logged in. */
import { batch, signal } from "../vendor/preact-htm-signals.js";
import { ask, Refusal } from "../shared/ask.js";
import { localeOf } from "../shared/days.js";
import { speech } from "../shared/language.js";

export { ask } from "../shared/ask.js";

/** @template T @typedef {{ value: T, peek(): T }} Signal */

/** @type {Signal<"starting" | "login" | "open" | "cut">} */
export const phase = signal("starting");

export const { language, texts, speak, choose } = speech({
  de: () => import("./texts.de.js"),
  en: () => import("./texts.en.js"),
});

/** @type {Signal<string>} why the login is asked for */
export const loginWhy = signal("");

/** @type {(path: string, query?: Record<string, string | number | undefined>) => string} */
export function api(path, query = {}) {
  const said = Object.entries(query).filter(([, value]) => value !== undefined && value !== "").map(([name, value]) => [name, String(value)]);
  return `/v1/ops/${path}${said.length ? `?${new URLSearchParams(said)}` : ""}`;
}

const MARK = "parley-ops";

/** @param {boolean} on whether there may be a login: the cookie itself is not for scripts */
export function mark(on) {
  try {
    if (on) localStorage.setItem(MARK, "1");
    else localStorage.removeItem(MARK);
  } catch {
    // no storage: the next visit asks once in vain
  }
}

/** Whoever tries to log in need not be told again why they have to. */
export const forgetWhy = () => void (loginWhy.value = "");

export function start() {
  let seen = true;
  try {
    seen = localStorage.getItem(MARK) !== null;
  } catch {
    // no storage: then it is asked
  }
  if (seen) load();
  else phase.value = "login";
}

/** Whether somebody is logged in who may be here. */
export async function load() {
  try {
    await ask("GET", api("events", { limit: 1 }));
    opened();
  } catch (refusal) {
    if (isLogin(refusal)) return;
    // the service is away, and says so on each view
    if (refusal instanceof Refusal && refusal.status > 0) opened();
    else phase.value = "cut";
  }
}

function opened() {
  batch(() => {
    loginWhy.value = "";
    phase.value = "open";
  });
  mark(true);
}

/** @param {unknown} refusal @returns {boolean} whether somebody has to log in first: then that is asked for */
export function isLogin(refusal) {
  if (!(refusal instanceof Refusal) || ![401, 403].includes(refusal.status)) return false;
  const t = texts.peek().login;
  batch(() => {
    loginWhy.value = refusal.status === 403 ? t.notOps : phase.peek() === "open" ? t.expired : "";
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

/** @type {(at: string | number | undefined) => string} a moment, to the millisecond where that tells things apart */
export const exactly = (at) => (at ? new Date(at).toLocaleString(localeOf(language.value), { dateStyle: "short", timeStyle: "medium" }) + `.${String(new Date(at).getMilliseconds()).padStart(3, "0")}` : "");

/** @type {(value: string) => string} a state, an outcome or somebody's part, in the language of the page */
export const word = (value) => /** @type {Record<string, string>} */ (texts.value.values)[value] ?? value;

/** @type {(ms: number) => string} */
export const lasting = (ms) => (ms < 1000 ? `${ms} ms` : ms < 60_000 ? `${(ms / 1000).toLocaleString(localeOf(language.value), { minimumFractionDigits: 1, maximumFractionDigits: 1 })} s` : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`);
