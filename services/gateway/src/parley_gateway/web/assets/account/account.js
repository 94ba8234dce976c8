/** What the page is made of, and what can be done on it. */
import { batch, signal } from "../vendor/preact-htm-signals.js";
import { ask, Refusal } from "../shared/ask.js";
import { texts } from "./language.js";

/** @template T @typedef {{ value: T, peek(): T }} Signal */
/** @typedef {{ login: string, began_at: string, seen_at: string, address: string, browser: string, here: boolean }} Login */
/** @typedef {{ on: boolean, demanded: boolean, recovery_codes_left: number }} Factor */
/** @typedef {{ tenant: string, user: string, name: string, kind: "invitation" | "reset", password_length: number }} Link */

/** @type {Signal<"starting" | "login" | "link" | "open">} */
export const phase = signal("starting");
/** @type {Signal<Login[]>} */
export const logins = signal([]);
/** @type {Signal<Factor | null>} */
export const factor = signal(null);
/** @type {Signal<Link | null>} whose link it is that led here; null: it is not valid any more */
export const link = signal(null);
/** @type {Signal<string>} what has just been done */
export const said = signal("");

const HOMES = /** @type {Record<string, string>} */ ({ admin: "/admin", source: "/phone", agent: "/desk", supervisor: "/desk" });
/** @type {Signal<string>} where the user's own page is */
export const home = signal("");

const refused = new URLSearchParams(location.hash.slice(1)).get("refused") ?? "";
const secret = new URLSearchParams(location.hash.slice(1)).get("link") ?? "";

/** @param {unknown} refusal @returns {string} */
export function sentence(refusal) {
  if (!(refusal instanceof Refusal)) throw refusal;
  const t = texts.peek();
  return refusal.status === 0 ? t.unreachable : refusal.sentence || t.failed;
}

export async function start() {
  addEventListener("hashchange", () => location.reload()); // another link in the same tab
  if (location.hash) history.replaceState(null, "", location.pathname); // it stays in no history
  if (refused) return batch(() => ((said.value = refused), (phase.value = "login")));
  if (!secret) return load();
  link.value = await ask("POST", "/v1/links/look", { link: secret }).catch(() => null);
  phase.value = "link";
}

/** What there is of one's own; where nobody is logged in, the login. */
export async function load() {
  try {
    const standing = await ask("GET", "/v1/second_factor");
    const found = standing.demanded && !standing.on ? { logins: [] } : await ask("GET", "/v1/logins");
    batch(() => {
      factor.value = standing;
      logins.value = found.logins;
      phase.value = "open";
    });
  } catch (refusal) {
    phase.value = "login";
    if (!(refusal instanceof Refusal) || ![401, 403].includes(refusal.status)) said.value = sentence(refusal);
  }
}

/** @param {object} fields @throws {Refusal} */
export async function logIn(fields) {
  const { role } = await ask("POST", "/v1/login", fields);
  said.value = "";
  home.value = HOMES[role] ?? "";
  await load();
}

export async function logOut() {
  await ask("POST", "/v1/logout").catch(() => null);
  batch(() => {
    phase.value = "login";
    said.value = "";
  });
}

/** @param {string} password @throws {Refusal} */
export async function useLink(password) {
  await ask("POST", "/v1/links/use", { link: secret, password });
  batch(() => {
    said.value = texts.peek().link.done;
    phase.value = "login";
  });
}

/** @param {{ old: string, new: string }} fields @throws {Refusal} */
export async function changePassword(fields) {
  await ask("PUT", "/v1/password", fields);
  said.value = texts.peek().password.done;
  await load();
}

/** @param {string} login */
export async function end(login) {
  const here = logins.peek().some((each) => each.login === login && each.here);
  await ask("DELETE", `/v1/logins${login && `/${encodeURIComponent(login)}`}`).catch(() => null);
  if (here) phase.value = "login";
  else await load();
}
