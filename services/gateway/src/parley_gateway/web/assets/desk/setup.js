/** What the administration has set up for the desk: classifications (R18), reasons for not being ready, ready texts; and who else there is. */
import { signal } from "../vendor/preact-htm-signals.js";

/**
 * @typedef {{ agent: string, name: string }} Colleague
 * @typedef {{ classifications: string[], reasons: string[], replies: import("./replies.js").Reply[], agents: Colleague[] }} Setup
 */

/** @type {{ value: Setup, peek(): Setup }} */
export const setup = signal({ classifications: [], reasons: [], replies: [], agents: [] });

/** Asked with every connection. Where there is no answer, what was known goes on holding. */
export async function loadSetup() {
  const answer = await fetch("/v1/desk").catch(() => null);
  const found = answer?.ok ? await answer.json().catch(() => null) : null;
  if (found) setup.value = found;
}
