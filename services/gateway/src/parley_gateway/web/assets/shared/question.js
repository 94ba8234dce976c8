/** What is asked before something that cannot be undone. */
import { html, signal, useEffect, useRef } from "../vendor/preact-htm-signals.js";

/** @type {{ value: { title: string, text: string, yes: string, no: string, likely: boolean, answer: (yes: boolean) => void } | null }} */
const question = signal(null);

/** @type {(title: string, text: string, yes: string, no: string, likely?: boolean) => Promise<boolean>} `yes` and `no`: what the buttons say; `likely`: Enter is yes */
export const confirmed = (title, text, yes, no, likely = false) => new Promise((resolve) => {
  question.value = {
    title, text, yes, no, likely,
    answer: (sure) => {
      question.value = null;
      resolve(sure);
    },
  };
});

export function Question() {
  const asked = question.value;
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    if (asked && !dialog.current?.open) dialog.current?.showModal();
  }, [asked]);
  if (!asked) return null;
  const answer = (/** @type {boolean} */ yes) => {
    dialog.current?.close(); // gives the focus back
    asked.answer(yes);
  };
  return html`
    <dialog ref=${dialog} aria-labelledby="question" aria-describedby="question-text" onCancel=${(/** @type {Event} */ event) => (event.preventDefault(), answer(false))}>
      <h2 id="question">${asked.title}</h2>
      <p id="question-text">${asked.text}</p>
      <div class="buttons">
        <button type="button" onClick=${() => answer(false)}>${asked.no}</button>
        <button type="button" class="danger" autofocus=${asked.likely} onClick=${() => answer(true)}>${asked.yes}</button>
      </div>
    </dialog>`;
}
