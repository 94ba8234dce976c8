/** Where whoever works by keyboard goes on when what had the focus is gone. */
import { useEffect, useRef } from "../vendor/preact-htm-signals.js";

/** Has the focus been lost: with what was removed, or on a button that can no longer be pressed? */
const lost = () => {
  const at = /** @type {any} */ (document.activeElement);
  return !at || at === document.body || at.disabled;
};

/** Unless the agent is somewhere else already. @param {HTMLElement | null | undefined} node */
export const goOn = (node) => void (lost() && node?.focus({ preventScroll: true }));

/**
 * For a heading: it takes the focus that was lost whenever `what` changes. No field does that, as an agent who is writing
 * would write into it, nor a button, which Enter would press.
 * @param {string} what
 */
export function useGoingOn(what) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => goOn(heading.current), [what]);
  return heading;
}
