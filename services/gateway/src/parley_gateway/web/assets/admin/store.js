/** Puts on the server what was set up here, without undoing what somebody else has set up meanwhile. */
import { ask, path, Refusal } from "./api.js";
import { merge } from "./pieces.js";
import { agents, licence, me, queues, services, settings, texts } from "./state.js";

const SHELVES = { queues, agents, services };

/** @typedef {keyof typeof SHELVES} Shelf */

/**
 * @param {Shelf} shelf
 * @param {string} name
 * @param {any} content
 * @param {any} base  what the form began with; null for something new
 */
export async function store(shelf, name, content, base) {
  const where = path(shelf, name);
  // Of something new the list is asked: what is not there yet would be an error on the console.
  const there = base ? await ask("GET", where) : (await ask("GET", path(shelf)))[shelf][name];
  if (!base && there) throw new Refusal({ status: 409, code: "bad_request", message: `id: ${texts.peek().form.taken}` });
  const saved = await ask("PUT", where, base ? merge(base, content, there) : content, base && there);
  const signal = SHELVES[shelf];
  signal.value = inOrder({ ...signal.peek(), [name]: saved });
}

/** @param {Record<string, any>} shelf */
const inOrder = (shelf) => Object.fromEntries(Object.entries(shelf).sort(([a], [b]) => (a < b ? -1 : 1)));

/** @type {(content: any, base: any) => Promise<void>} */
export async function storeSettings(content, base) {
  const there = await ask("GET", path("settings"));
  settings.value = await ask("PUT", path("settings"), merge(base, content, there), there);
}

/** Another licence, or none. @param {string | null} text */
export async function placeLicence(text) {
  licence.value = await ask("PUT", path("licence"), { licence: text });
}

/** The company's provider of logins, as it is stored. @type {(content: any) => Promise<import("./types.js").Provider>} */
export async function storeProvider(content) {
  const stored = await ask("PUT", path("oidc"), content);
  me.value = { .../** @type {any} */ (me.peek()), provider: true };
  return stored;
}

export async function removeProvider() {
  await ask("DELETE", path("oidc"));
  me.value = { .../** @type {any} */ (me.peek()), provider: false };
}

/** Puts an agent into these queues and takes them out of all others. @type {(agent: string, chosen: string[]) => Promise<void>} */
export async function serve(agent, chosen) {
  for (const [name, { agents: serving }] of Object.entries(queues.peek())) {
    if (chosen.includes(name) === serving.includes(agent)) continue;
    const there = await ask("GET", path("queues", name));
    const others = there.agents.filter((/** @type {string} */ other) => other !== agent);
    const saved = await ask("PUT", path("queues", name), { ...there, agents: chosen.includes(name) ? [...others, agent] : others }, there);
    queues.value = { ...queues.peek(), [name]: saved };
  }
}
