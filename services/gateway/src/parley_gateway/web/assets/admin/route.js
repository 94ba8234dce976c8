/** Where in the administration we are: what stands behind the `#`. */
import { signal } from "../vendor/preact-htm-signals.js";
import { tell } from "./state.js";

/** @type {() => string[]} */
const read = () => location.hash.replace(/^#\/?/, "").split("/").map((part) => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
});

/** @type {{ value: string[], peek(): string[] }} the page, and what it is about */
export const route = signal(read());

/** @type {(...parts: string[]) => string} */
export const to = (...parts) => `#/${parts.map(encodeURIComponent).join("/")}`;

let telling = false;

/** Goes there, and says there what has been done. @param {string} hash @param {string} [done] */
export function go(hash, done = "") {
  telling = done !== "";
  tell(done);
  location.hash = hash;
}

addEventListener("hashchange", () => {
  if (!telling) tell("");
  telling = false;
  route.value = read();
  scrollTo(0, 0);
});
