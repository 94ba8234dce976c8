/** What is asked of the server. */
export { ask, Refusal, sendFile } from "../shared/ask.js";

/** @type {(...parts: string[]) => string} */
export const path = (...parts) => ["/v1/admin", ...parts.map(encodeURIComponent)].join("/");
