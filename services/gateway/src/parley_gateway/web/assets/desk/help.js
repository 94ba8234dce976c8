/** The sheet with the keys. */
import { html, useEffect, useRef } from "../vendor/preact-htm-signals.js";
import { byHand } from "../shared/keyboard.js";
import { showHelp } from "./desk.js";
import { KEYS } from "./keys.js";
import { language, texts } from "./language.js";
import { helping } from "./state.js";

/** @type {Record<string, string>} */
const SIGNS = { ArrowDown: "↓", ArrowUp: "↑" };

/** @type {(keys: string) => any} */
const Keys = (keys) => keys.split(/[+ ]/).map((key) => html`<kbd key=${key}>${key === "Shift" && language.value === "de" ? "Umschalt" : SIGNS[key] ?? key}</kbd>`);

export function Help() {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const open = helping.value;
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
  }, [open]);
  if (!open) return null;
  const t = texts.value.help;
  const close = () => {
    dialog.current?.close(); // gives the focus back
    showHelp(false);
  };
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    if (event.key !== KEYS.help && event.key !== "Escape") return;
    event.preventDefault();
    close();
  };
  return html`
    <dialog class="help" ref=${dialog} aria-labelledby="help-title" onCancel=${(/** @type {Event} */ event) => (event.preventDefault(), close())} onKeyDown=${byHand(key)} data-testid="help-sheet">
      <h2 id="help-title">${t.title}</h2>
      <p>${t.lead}</p>
      <dl>
        ${Object.entries(KEYS).map(([name, keys]) => html`<div key=${name}><dt>${Keys(keys)}</dt><dd>${t.keys[name]}</dd></div>`)}
        ${t.others.map(([keys, what]) => html`<div key=${keys}><dt>${Keys(keys)}</dt><dd>${what}</dd></div>`)}
      </dl>
      <div class="buttons"><button type="button" class="primary" onClick=${close}>${t.close}</button></div>
    </dialog>`;
}
