/**
 * What the agent can do by one key, also while writing: function keys and Alt with an arrow, for Ctrl+Alt is AltGr on
 * German keyboards, and single letters are for writing. A key presses the button that says that it is its own.
 */
import { step, toNews } from "./desk.js";

export const KEYS = /** @type {const} */ ({
  help: "F1",
  past: "F3",
  next: "F2",
  pick: "Shift+F2",
  down: "Alt+ArrowDown",
  up: "Alt+ArrowUp",
  note: "F4",
  write: "F6",
  transfer: "Shift+F4",
  park: "F8",
  end: "Shift+F8",
  ready: "F9",
  customer: "F7",
});

/** @type {Partial<Record<string, () => void>>} what has no button */
const moves = {
  [KEYS.next]: toNews,
  [KEYS.down]: () => step(1),
  [KEYS.up]: () => step(-1),
  [KEYS.write]: () => /** @type {HTMLElement | null} */ (document.querySelector(".conversation :is(textarea, input):not(:disabled)"))?.focus(),
};

/** @type {(name: keyof typeof KEYS) => object} the attributes of a button that this key presses */
export const keyed = (name) => ({ "aria-keyshortcuts": KEYS[name], title: KEYS[name] });

/** @param {KeyboardEvent} event */
export function press(event) {
  const { key, altKey, shiftKey, ctrlKey, metaKey } = event;
  if (ctrlKey || metaKey || document.querySelector("dialog[open]")) return;
  const pressed = [altKey && "Alt", shiftKey && "Shift", key].filter(Boolean).join("+");
  if (!(/** @type {string[]} */ (Object.values(KEYS))).includes(pressed)) return;
  event.preventDefault();
  const move = moves[pressed];
  if (move) return move();
  const button = /** @type {HTMLButtonElement | null} */ (document.querySelector(`[aria-keyshortcuts="${pressed}"]:not(:disabled)`));
  button?.click();
}
