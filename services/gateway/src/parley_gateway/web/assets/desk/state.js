/** What the screen is made of. Only `desk.js` writes here; a test holds that (`tests/js/test_pages.py`). */
import { computed, signal } from "../vendor/preact-htm-signals.js";
import { emptyLog } from "./chat.js";
import { find } from "./view.js";

/** @template T @typedef {{ value: T, peek(): T }} Signal */

/** @type {Signal<"starting" | "login" | "open">} */
export const phase = signal("starting");

/** @type {Signal<boolean>} is the connection there? */
export const connected = signal(false);

/** @type {Signal<import("./types.js").Snapshot | null>} */
export const view = signal(null);

/** @type {Signal<string | null>} the item in the middle of the screen */
export const selected = signal(null);

/** @type {Signal<boolean>} is the desk out of the agent's sight? */
export const away = signal(document.hidden);

/** @type {Signal<boolean>} on a narrow screen: are the customer and the details in sight? */
export const detailed = signal(false);

/** @type {Signal<boolean>} is the sheet with the keys in sight? */
export const helping = signal(false);

/** @type {Signal<boolean>} are the past conversations in sight? */
export const searching = signal(false);

/** @type {Signal<Object<string, import("./types.js").ChatLog>>} by item */
export const logs = signal({});

/** @type {Signal<Object<string, number>>} up to which `seq` the visitor has read, by item */
export const reads = signal({});

/** @type {Signal<{ id: number, text: string, good: boolean }[]>} sentences that the agent must see; `good`: nothing is wrong */
export const notices = signal([]);

/** @type {Signal<import("./types.js").Item | undefined>} */
export const current = computed(() => view.value ? find(view.value, selected.value) : undefined);

/** The queues that the agent serves: a supervisor is shown all of them (R36). @type {Signal<import("./types.js").Queue[]>} */
export const served = computed(() => (view.value?.queues ?? []).filter(({ agents }) => !agents || agents.includes(view.value?.agent.id ?? "")));

/** @type {Signal<import("./types.js").ChatLog>} */
export const currentLog = computed(() => logs.value[selected.value ?? ""] ?? emptyLog);
