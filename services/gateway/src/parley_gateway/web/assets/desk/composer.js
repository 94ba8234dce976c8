/** Where the agent writes: an answer to the visitor, or a note that only colleagues see. */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { byHand } from "../shared/keyboard.js";
import { say, signalTyping } from "./desk.js";
import { useServerDraft } from "./draft.js";
import { draftOf, keepDraft } from "./drafts.js";
import { keyed } from "./keys.js";
import { texts as words } from "./language.js";
import { parts } from "./ondemand.js";
import { useReplies } from "./ready.js";
import { setup } from "./setup.js";

const LIMIT = 4000; // code points
const SIGN_EVERY = 3000;
const QUIET_AFTER = 5000;
const touch = matchMedia("(pointer: coarse)"); // where a keyboard would come up and cover the chat

/** Tells the visitor now and then that somebody writes, and once that they stopped. @param {string} item */
function useTypingSign(item) {
  const last = useRef(0);
  const quiet = useRef(/** @type {any} */ (0));
  const stop = () => {
    clearTimeout(quiet.current);
    if (last.current) signalTyping(item, false);
    last.current = 0;
  };
  useEffect(() => stop, []);
  return (/** @type {boolean} */ writing) => {
    if (!writing) return stop();
    clearTimeout(quiet.current);
    quiet.current = setTimeout(stop, QUIET_AFTER);
    if (Date.now() - last.current < SIGN_EVERY) return;
    last.current = Date.now();
    signalTyping(item, true);
  };
}

/** @param {{ item: import("./types.js").Item }} props */
export function Composer({ item }) {
  const t = words.value.write;
  const { message = "", note: begun = "" } = draftOf(item.item);
  const [texts, setTexts] = useState({ message, note: begun });
  const [note, setNote] = useState(false);
  const box = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const sign = useTypingSign(item.item);
  const kind = note ? "note" : "message";
  const standing = !note && item.activity !== "active"; // what stands still is resumed first
  const text = texts[kind];
  const length = [...text].length;
  const sendable = text.trim() && length <= LIMIT && !standing;
  useLayoutEffect(() => void (!standing && !touch.matches && box.current?.focus()), [note, standing]);
  const keep = (/** @type {string} */ value) => {
    setTexts({ ...texts, [kind]: value });
    keepDraft(item.item, { [kind]: value });
  };
  const { leave, begunBy } = useServerDraft(item, texts.message, (begun) => {
    setTexts((now) => ({ ...now, message: begun }));
    keepDraft(item.item, { message: begun });
  });
  const ready = useReplies(item, box, text, (value) => {
    keep(value);
    if (!note) sign(true);
  }, standing);
  /** @param {Event} event */
  const typed = ({ target }) => {
    const { value } = /** @type {HTMLTextAreaElement} */ (target);
    keep(value);
    ready.ask();
    if (!note) sign(value !== "");
  };
  /** @param {Event} event */
  const send = (event) => {
    event.preventDefault();
    if (!sendable) return;
    say(item.item, kind, text);
    keep("");
    ready.close();
    sign(false);
  };
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    if (!ready.choose(event) && event.key === "Enter" && !event.shiftKey) ready.asksInVain() ? (event.preventDefault(), parts.replies.open()) : send(event);
  };
  const other = (/** @type {boolean} */ on) => (on === note ? {} : keyed("note"));

  return html`
    <form class=${`composer ${note ? "noting" : ""}`} onSubmit=${send}>
      ${ready.list}
      <div class="tabs" role="group" aria-label=${t.what}>
        <button type="button" aria-pressed=${!note} data-testid="mode-message" onClick=${() => setNote(false)} ...${other(false)}>${t.answer}</button>
        <button type="button" aria-pressed=${note} data-testid="mode-note" onClick=${() => setNote(true)} ...${other(true)}>${t.note}</button>
        <span class="gap"></span>
        ${length > LIMIT * 0.9 && html`<span class=${length > LIMIT ? "problem" : "muted"} role="status">${length} / ${LIMIT}</span>`}
      </div>
      <div class="line">
        <textarea ref=${box} rows="2" dir="auto" value=${text} readonly=${standing} onInput=${typed} onClick=${ready.ask} onBlur=${() => (ready.close(), leave())} onKeyDown=${byHand(key)} data-testid="composer"
          ...${ready.aria}
          aria-label=${note ? t.note : t.message} placeholder=${note ? t.noteHint : standing ? t.standing : setup.value.replies.length ? t.hint : t.plainHint}></textarea>
        <button class="primary" disabled=${!sendable} aria-describedby=${standing && text ? "why-not" : undefined} data-testid="send">${note ? t.add : t.send}</button>
      </div>
      ${begunBy && texts.message && html`<p class="muted" data-testid="begun-by">${begunBy}</p>`}
      ${standing && text && html`<p class="muted" id="why-not" data-testid="why-not">${t.kept}</p>`}
    </form>`;
}
