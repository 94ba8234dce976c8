/** A button for what is done at once: that it is under way stands on it, and beside it why it was refused. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { sentence } from "../desk/texts.js";
import { language, texts } from "./language.js";

/** Why it was refused: as the desk says it, or as we do where it has no word for that. @type {(refusal: any) => string} */
export function whyNot(refusal) {
  const ours = texts.peek().refusals[refusal.code];
  return ours && language.peek() !== "en" && !refusal.frame?.why ? ours : sentence(refusal);
}

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
      setState({ busy: false, why: whyNot(refusal) });
      return false;
    }
  };
  return [state, begin];
}

/** Not disabled while it is under way: the focus stays on it. @param {{ busy: boolean, label: string, [attribute: string]: any }} props */
export const Button = ({ busy, label, ...rest }) => html`<button ...${rest} aria-label=${busy ? undefined : rest["aria-label"]} aria-disabled=${busy ? "true" : undefined} aria-busy=${busy}>${busy ? texts.value.underWay : label}</button>`;
