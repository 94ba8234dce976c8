/** Time as the server has it. Timers are sums of intervals between timestamps (R17); here they are only shown. */
import { computed, signal } from "../vendor/preact-htm-signals.js";
import { dayOf } from "../shared/days.js";

/** The server's time in ms since the epoch, renewed every second. @type {{ value: number, peek(): number }} */
export const now = signal(Date.now());

/** When the server's day began in the agent's zone: it changes at midnight. */
export const today = computed(() => dayOf(now.value));

let offset = 0;
let measured = false;

/**
 * A live frame said when it was made; it can only be late, so the largest difference is the best.
 * @param {string | undefined} at
 * @param {boolean} [anew] forget earlier differences
 */
export function observe(at, anew = false) {
  const difference = Date.parse(at ?? "") - Date.now();
  if (Number.isNaN(difference)) return;
  offset = measured && !anew ? Math.max(offset, difference) : difference;
  measured = true;
}

export function startClock() {
  const tick = () => (now.value = Date.now() + offset);
  tick();
  return setInterval(tick, 1000);
}

/** @type {(timer: import("./types.js").Timer | undefined, at: number) => number} milliseconds on this timer at that time */
export function elapsed(timer, at) {
  if (!timer) return 0;
  return timer.ms + (timer.running_since ? Math.max(0, at - Date.parse(timer.running_since)) : 0);
}

/** @type {(ms: number) => string} 65000 -> "1:05", 3665000 -> "1:01:05" */
export function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
  if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
  return parts.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
}
