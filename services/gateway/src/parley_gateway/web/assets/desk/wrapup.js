/** After the conversation: classify, note, and be done in time (R18). */
import { html, useEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { act } from "./desk.js";
import { draftOf, keepDraft } from "./drafts.js";
import { goOn } from "./focus.js";
import { keyed } from "./keys.js";
import { texts } from "./language.js";
import { setup } from "./setup.js";
import { duration, elapsed, now } from "./timers.js";

const SHORT = 15_000; // from here on the countdown is marked
const LAST = 3_000; // and here what was not saved is saved

/** @typedef {import("./types.js").Item} Item */

/** @param {Item["classification"]} given */
const asObject = (given) => (typeof given === "string" ? { code: given } : given);

/** What is left of the time, seen and, once it is short, said. @param {{ item: Item, left: number }} props */
function Countdown({ item, left }) {
  const t = texts.value.wrap;
  const running = item.activity === "active";
  const short = left < SHORT;
  return html`
    <span class=${`timer ${short ? "short" : ""}`} data-testid="countdown">${(running ? t.left : t.standing)(duration(left))}</span>
    <progress class=${short ? "short" : ""} aria-hidden="true" max=${item.wrap_up.limit_ms} value=${Math.max(0, left)}></progress>
    <span class="unseen" role="status">${running && short ? t.soon(SHORT / 1000) : ""}</span>`;
}

/** @param {{ item: Item }} props */
export function WrapUp({ item }) {
  const t = texts.value.wrap;
  const given = asObject(item.classification);
  const draft = draftOf(item.item);
  const [code, setCode] = useState(draft.code ?? given?.code ?? "");
  const [note, setNote] = useState(draft.codeNote ?? given?.note ?? draft.note ?? "");
  const [added, setAdded] = useState(""); // a note without a classification is a note in the chat
  const classifies = !!code.trim() || item.kind !== "chat";
  const saved = classifies ? code.trim() === (given?.code ?? "") && note.trim() === (given?.note ?? "") : note.trim() === added;
  const saving = useRef(false); // by its button, which is of no use after that
  const done = useRef(/** @type {HTMLElement | null} */ (null));
  const left = (item.wrap_up.limit_ms ?? 0) - elapsed(item.wrap_up, now.value);
  const extensions = item.wrap_up.extensions_left ?? 0;
  const id = { item: item.item };

  const save = async () => {
    const text = note.trim();
    const ack = await (classifies ? act("classify", { ...id, code: code.trim(), ...(text ? { note: text } : {}) }) : act("note", { ...id, text }));
    if (ack && !classifies) setAdded(text);
    if (ack) keepDraft(item.item, { code: "", codeNote: "", note: "" });
    return ack;
  };
  const ending = item.wrap_up.limit_ms !== undefined && item.activity === "active" && left < LAST;
  useEffect(() => void (ending && !saved && save()), [ending]);
  useEffect(() => {
    if (saved && saving.current) goOn(done.current);
    saving.current = false;
  }, [saved]);
  /** @param {Event} event */
  const complete = async (event) => {
    event.preventDefault();
    if (!saved && !(await save())) return;
    act("complete", id);
  };
  /** @type {(set: (text: string) => void, field: "code" | "codeNote") => (event: any) => void} */
  const into = (set, field) => ({ target }) => (set(target.value), keepDraft(item.item, { [field]: target.value }));
  return html`
    <form class="wrapup" onSubmit=${complete} aria-label=${t.title} data-testid="wrap-up">
      <div class="fields">
        <label>${t.classification}
          <input list="codes" value=${code} onInput=${into(setCode, "code")} autocomplete="off" maxlength="64" dir="auto" data-testid="code" />
        </label>
        <datalist id="codes">${setup.value.classifications.map((known) => html`<option key=${known} value=${known} />`)}</datalist>
        <label>${item.kind === "task" ? t.result : t.note}
          <input value=${note} placeholder=${texts.value.write.noteHint} onInput=${into(setNote, "codeNote")} autocomplete="off" maxlength="1000" dir="auto" data-testid="code-note" />
        </label>
      </div>
      <div class="line">
        ${item.wrap_up.limit_ms !== undefined && html`<${Countdown} item=${item} left=${left} />`}
        <span class="gap"></span>
        <button type="button" disabled=${!extensions} data-testid="extend" onClick=${() => act("extend", id)}>${t.extend(extensions)}</button>
        <button type="button" disabled=${saved} data-testid="classify" onClick=${() => ((saving.current = true), save())}>${saved && (code || note) ? t.saved : t.save}</button>
        <button class="primary" ref=${done} data-testid="complete" ...${keyed("end")}>${t.complete}</button>
      </div>
    </form>`;
}
