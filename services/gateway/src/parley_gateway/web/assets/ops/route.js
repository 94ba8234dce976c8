/** Where on the page we are: what stands behind the `#`. Every view has an address that can be sent to somebody else. */
import { signal } from "../vendor/preact-htm-signals.js";

/** @typedef {{ path: string[], query: URLSearchParams }} Route */

/** @type {(text: string) => string} */
const plain = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** @type {(hash: string) => Route} */
export function read(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return { path: path.split("/").map(plain), query: new URLSearchParams(query) };
}

/** @type {(path: string[], query?: Record<string, string | number | undefined>) => string} */
export function to(path, query = {}) {
  const said = Object.entries(query).filter(([, value]) => value !== undefined && value !== "").map(([name, value]) => [name, String(value)]);
  const search = new URLSearchParams(said).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${search && `?${search}`}`;
}

/** @type {{ value: Route, peek(): Route }} */
export const route = signal(read(location.hash));

/** @type {(hash: string) => void} goes there, without a step for whoever goes back */
export function stay(hash) {
  history.replaceState(null, "", hash);
  route.value = read(hash);
}

addEventListener("hashchange", () => {
  route.value = read(location.hash);
  scrollTo(0, 0);
});
