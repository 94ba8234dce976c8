/** After the conversation: classify, note, and be done in time (R18). */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { begunNote } from "./composer.js";
import { act } from "./desk.js";
import { duration, elapsed, now } from "./timers.js";

const CODES = ["question", "order", "complaint", "other"];
const SHORT = 15_000; // from here on the countdown is marked
const LAST = 3_000; // and here what was not saved is saved

/** @param {import("./types.js").Item["classification"]} given */
const asObject = (given) => (typeof given === "string" ? { code: given } : given);

/** @param {{ item: import("./types.js").Item }} props */
export function WrapUp({ item }) {
  const given = asObject(item.classification);
  const [code, setCode] = useState(given?.code ?? "");
  const [note, setNote] = useState(given?.note ?? begunNote(item.item));
  const [added, setAdded] = useState(""); // a note without a classification is a note in the chat
  const saved = code.trim() ? code.trim() === given?.code && note.trim() === (given?.note ?? "") : note.trim() === added;
  const left = (item.wrap_up.limit_ms ?? 0) - elapsed(item.wrap_up, now.value);
  const extensions = item.wrap_up.extensions_left ?? 0;
  const id = { item: item.item };

  const save = async () => {
    const text = note.trim();
    if (code.trim()) return act("classify", { ...id, code: code.trim(), ...(text ? { note: text } : {}) });
    const ack = await act("note", { ...id, text });
    if (ack) setAdded(text);
    return ack;
  };
  const ending = item.wrap_up.limit_ms !== undefined && item.activity === "active" && left < LAST;
  useEffect(() => void (ending && !saved && save()), [ending]);
  /** @param {Event} event */
  const complete = async (event) => {
    event.preventDefault();
    if (!saved && !(await save())) return;
    act("complete", id);
  };
  return html`
    <form class="wrapup" onSubmit=${complete} aria-label="Wrap-up" data-testid="wrap-up">
      <div class="fields">
        <label>Classification
          <input list="codes" value=${code} onInput=${(/** @type {any} */ event) => setCode(event.target.value)} autocomplete="off" maxlength="64" data-testid="code" />
        </label>
        <datalist id="codes">${CODES.map((known) => html`<option key=${known} value=${known} />`)}</datalist>
        <label>Note
          <input value=${note} placeholder="Only colleagues see this" onInput=${(/** @type {any} */ event) => setNote(event.target.value)} autocomplete="off" maxlength="1000" dir="auto" data-testid="code-note" />
        </label>
      </div>
      <div class="line">
        ${item.wrap_up.limit_ms !== undefined && html`
          <span class=${`timer ${left < SHORT ? "short" : ""}`} data-testid="countdown">${duration(left)} left${item.activity === "active" ? "" : ", standing still"}</span>`}
        <span class="gap"></span>
        <button type="button" disabled=${!extensions} data-testid="extend" onClick=${() => act("extend", id)}>Extend (${extensions} left)</button>
        <button type="button" disabled=${saved} data-testid="classify" onClick=${save}>${saved && (code || note) ? "Saved" : "Save"}</button>
        <button class="primary" data-testid="complete">Complete</button>
      </div>
    </form>`;
}
