/** A button for what is done at once: that it is under way stands on it, and beside it why it was refused. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { sentence } from "../desk/texts.js";
import { texts } from "./language.js";

/** @returns {[{ busy: boolean, why: string }, (run: () => Promise<unknown>) => Promise<boolean>]} how it stands, and how it is begun; true: it is done */
export function useDoing() {
  const [state, setState] = useState({ busy: false, why: "" });
  const begin = async (/** @type {() => Promise<unknown>} */ run) => {
    if (state.busy) return false;
    setState({ busy: true, why: "" });
    try {
      await run();
      setState({ busy: false, why: "" });
      return true;
    } catch (refusal) {
      setState({ busy: false, why: sentence(/** @type {any} */ (refusal)) });
      return false;
    }
  };
  return [state, begin];
}

/** Not disabled while it is under way: the focus stays on it. @param {{ busy: boolean, label: string, [attribute: string]: any }} props */
export const Button = ({ busy, label, ...rest }) => html`<button ...${rest} aria-disabled=${busy ? "true" : undefined} aria-busy=${busy}>${busy ? texts.value.underWay : label}</button>`;
