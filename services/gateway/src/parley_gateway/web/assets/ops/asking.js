/** What every view has in common: it asks, and shows what it waits for, what it got, or why it got nothing. */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { ask, isLogin, sentence, texts } from "./state.js";

/**
 * @typedef {{ found: any, refused: string, missing: boolean, asking: boolean }} Asked
 * @param {string | null} path  what is asked; null: nothing
 * @returns {[Asked, () => void]} the answer, and how it is asked again
 */
export function useAnswer(path) {
  const [asked, setAsked] = useState(/** @type {Asked} */ ({ found: null, refused: "", missing: false, asking: true }));
  const [again, setAgain] = useState(0);
  useEffect(() => {
    if (path === null) return undefined;
    let gone = false;
    setAsked((before) => ({ ...before, asking: true }));
    ask("GET", path).then(
      (found) => gone || setAsked({ found, refused: "", missing: false, asking: false }),
      (refusal) => {
        if (gone || isLogin(refusal)) return;
        setAsked((before) => ({ found: refusal.status === 404 ? null : before.found, refused: sentence(refusal), missing: refusal.status === 404, asking: false }));
      },
    );
    return () => void (gone = true);
  }, [path, again]);
  return [asked, () => setAgain((count) => count + 1)];
}

/** @param {{ asked: Asked, again: () => void, empty?: string }} props what is told where there is nothing to show */
export function Waiting({ asked, again, empty }) {
  const t = texts.value;
  if (asked.refused) {
    return html`<div class="problem" role="alert"><p>${asked.refused}</p>${!asked.missing && html`<button type="button" class="small" onClick=${again}>${t.tryAgain}</button>`}</div>`;
  }
  if (asked.asking && !asked.found) return html`<p role="status">${t.loading}</p>`;
  return empty ? html`<p class="empty card">${empty}</p>` : null;
}

/** @param {{ title: string, text: string, label: string, yes: string, no: string, answer: (reason: string | null) => void }} props asks why, before something that is kept */
export function Reason({ title, text, label, yes, no, answer }) {
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    answer(String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("reason")).trim());
  };
  return html`
    <dialog class="reason" aria-labelledby="reason-title" ref=${(/** @type {HTMLDialogElement | null} */ dialog) => dialog && !dialog.open && dialog.showModal()} onCancel=${(/** @type {Event} */ event) => (event.preventDefault(), answer(null))}>
      <form onSubmit=${submit}>
        <h2 id="reason-title">${title}</h2>
        <p>${text}</p>
        <div class="field"><label for="reason">${label}</label><input id="reason" name="reason" required minlength="3" maxlength="200" autocomplete="off" /></div>
        <div class="buttons"><button type="button" onClick=${() => answer(null)}>${no}</button><button class="primary">${yes}</button></div>
      </form>
    </dialog>`;
}
