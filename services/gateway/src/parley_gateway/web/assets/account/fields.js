/** Fields and forms of the page. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { sentence } from "./account.js";

/** @param {{ name: string, label: string, type?: string, hint?: string, autocomplete?: string, inputmode?: string, required?: boolean }} props */
export const Field = ({ name, label, hint, required = true, ...more }) => html`
  <label>${label} <input name=${name} required=${required} autocapitalize="off" spellcheck=${false} aria-describedby=${hint ? `${name}-hint` : undefined} data-testid=${`field-${name}`} ...${more} /></label>
  ${hint && html`<p class="hint" id=${`${name}-hint`}>${hint}</p>`}`;

/**
 * A form that is sent: whether it is on its way, and why it was refused.
 * @param {(fields: any, how: string) => Promise<any>} send `how`: the value of the button that was pressed
 * @param {(refusal: any) => string} [why]
 */
export function useSending(send, why = sentence) {
  const [state, setState] = useState({ busy: false, why: "" });
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    setState({ busy: true, why: "" });
    try {
      await send(Object.fromEntries(new FormData(form)), /** @type {HTMLButtonElement | null} */ (event.submitter)?.value ?? "");
      form.reset();
      setState({ busy: false, why: "" });
    } catch (refusal) {
      setState({ busy: false, why: why(refusal) });
    }
  };
  return { ...state, submit };
}
