/** Where whoever works by keyboard goes on: what had the focus may be gone with its row. */

/** @type {Element | null} */
let last = null;
/** @type {HTMLElement | null} the heading of the section that it was in */
let home = null;

addEventListener("focusin", ({ target }) => {
  const at = /** @type {Element} */ (target);
  if (at.closest("dialog")) return;
  last = at;
  home = at.closest("section")?.querySelector("h2") ?? null;
});

/** What had the focus last, outside of a question. */
export const lastPlace = () => /** @type {HTMLElement | null} */ (last);

/** To the heading of its section, where what had the focus is gone. */
export function goOn() {
  if (!last || last.isConnected || document.activeElement !== document.body) return;
  if (home?.isConnected) home.focus({ preventScroll: true });
}
