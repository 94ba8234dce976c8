/** What is noted of a call while it lasts (R18, R35): saved by itself, for the call ends on the telephone and may leave no wrap-up. */
import { html, useEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { act } from "./desk.js";
import { draftOf, keepDraft } from "./drafts.js";
import { texts } from "./language.js";
import { setup } from "./setup.js";

const PAUSE = 600; // after the last key

/** @typedef {import("./types.js").Item} Item */

/** @param {{ item: Item }} props */
export function CallNotes({ item }) {
  const t = texts.value.wrap;
  const given = typeof item.classification === "string" ? { code: item.classification } : item.classification;
  const draft = draftOf(item.item);
  const [code, setCode] = useState(draft.code ?? given?.code ?? "");
  const [note, setNote] = useState(draft.codeNote ?? given?.note ?? "");
  const wait = useRef(/** @type {any} */ (0));
  const saved = code.trim() === (given?.code ?? "") && note.trim() === (given?.note ?? "");
  const save = async () => {
    clearTimeout(wait.current);
    const { code: begun = "", codeNote = "" } = draftOf(item.item);
    if (!begun.trim() && !codeNote.trim()) return; // nothing is left to be saved, or the call is over
    if (!(await act("classify", { item: item.item, code: begun.trim(), ...(codeNote.trim() ? { note: codeNote.trim() } : {}) }))) return;
    const { code: now = "", codeNote: then = "" } = draftOf(item.item);
    if (now === begun && then === codeNote) keepDraft(item.item, { code: "", codeNote: "" });
  };
  useEffect(() => () => void (wait.current && save()), []);
  /** @type {(set: (text: string) => void, field: "code" | "codeNote") => (event: any) => void} */
  const into = (set, field) => ({ target }) => {
    set(target.value);
    keepDraft(item.item, { code, codeNote: note, [field]: target.value });
    clearTimeout(wait.current);
    wait.current = setTimeout(save, PAUSE);
  };
  return html`
    <div class="wrapup call-notes" role="group" aria-label=${t.callNotes} data-testid="call-notes">
      <label>${t.classification}
        <input list="codes" value=${code} onInput=${into(setCode, "code")} onBlur=${() => saved || save()} autocomplete="off" maxlength="64" dir="auto" data-testid="code" />
      </label>
      <datalist id="codes">${setup.value.classifications.map((known) => html`<option key=${known} value=${known} />`)}</datalist>
      <label>${item.kind === "task" ? t.result : t.note}
        <textarea rows="4" value=${note} placeholder=${texts.value.write.noteHint} onInput=${into(setNote, "codeNote")} onBlur=${() => saved || save()} maxlength="1000" dir="auto" data-testid="code-note"></textarea>
      </label>
      <p class="muted" role="status" data-testid="call-saved">${code || note ? (saved ? t.saved : t.saving) : t.savesItself}</p>
    </div>`;
}
