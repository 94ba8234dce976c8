/** What is asked over HTTP, and the names that are given to what is sent. */
import { host } from "./snippet.js";

/** @type {(path: string, more?: RequestInit) => Promise<[ok: boolean, answer: any]>} where there is no answer, an empty one */
export const ask = (path, more) =>
  fetch(host + path, { credentials: "omit", ...more }).then(async (answer) => /** @type {[boolean, any]} */ ([answer.ok, await answer.json()])).catch(() => [false, {}]);

let ids = 1e6;

/** Later ones sort after earlier ones, and none can be guessed. */
export const newId = () => `${Date.now()}-${ids++}-${crypto.getRandomValues(new BigUint64Array(2)).join("-")}`;
