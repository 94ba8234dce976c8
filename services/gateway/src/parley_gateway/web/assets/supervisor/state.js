/** What the page shows. Only `floor.js` writes here; a test holds that (`tests/js/test_pages.py`). */
import { signal } from "../vendor/preact-htm-signals.js";

/** @template T @typedef {{ value: T, peek(): T }} Signal */

/** @type {Signal<"starting" | "login" | "open">} */
export const phase = signal("starting");

/** @typedef {"floor" | "figures" | "past"} View */

/** @type {() => View} what the address names */
export const addressed = () => (location.hash === "#figures" ? "figures" : location.hash === "#past" ? "past" : "floor");

/** @type {Signal<View>} what of the page is shown */
export const view = signal(addressed());

/** @type {Signal<string>} why the login is asked for */
export const loginWhy = signal("");

/** @type {Signal<boolean>} is the connection there? */
export const connected = signal(false);

/** @type {Signal<import("./types.js").Floor | null>} */
export const floor = signal(null);

/** @type {Signal<import("./types.js").Watched | null>} the chat that is watched */
export const watched = signal(null);

/** @type {Signal<import("./types.js").Doing[]>} what supervisors did, the last first */
export const doings = signal([]);

/** @type {Signal<ReadonlySet<string>>} which rows are open: `queue:` or `agent:` with the id */
export const opened = signal(new Set());

/** @type {Signal<ReadonlySet<string>>} the waiting items that are ticked */
export const ticked = signal(new Set());

/** @type {Signal<import("./types.js").Form | null>} */
export const form = signal(null);
