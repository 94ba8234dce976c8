/** Where the agent writes: an answer to the visitor, or a note that only colleagues see. */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { say, signalTyping } from "./desk.js";

const LIMIT = 4000; // code points
const SIGN_EVERY = 3000;
const QUIET_AFTER = 5000;
const touch = matchMedia("(pointer: coarse)"); // where a keyboard would come up and cover the chat

/**
 * What was begun in a chat is still there when the agent comes back to it. Answer and note are kept apart,
 * so that neither can turn into the other.
 * @type {Map<string, { message: string, note: string }>}
 */
const drafts = new Map();

/** @type {(item: string) => string} the note that was begun and not added */
export const begunNote = (item) => drafts.get(item)?.note ?? "";

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
  const [texts, setTexts] = useState(drafts.get(item.item) ?? { message: "", note: "" });
  const [wantsNote, setWantsNote] = useState(false);
  const box = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const sign = useTypingSign(item.item);
  const note = wantsNote;
  const kind = note ? "note" : "message";
  const standing = !note && item.activity !== "active"; // what stands still is resumed first
  const text = texts[kind];
  const length = [...text].length;
  const sendable = text.trim() && length <= LIMIT && !standing;

  useLayoutEffect(() => void (!standing && !touch.matches && box.current?.focus()), [wantsNote, standing]);
  const keep = (/** @type {string} */ value) => {
    const next = { ...texts, [kind]: value };
    drafts.set(item.item, next);
    setTexts(next);
  };
  /** @param {Event} event */
  const typed = ({ target }) => {
    const { value } = /** @type {HTMLTextAreaElement} */ (target);
    keep(value);
    if (!note) sign(value !== "");
  };
  /** @param {Event} event */
  const send = (event) => {
    event.preventDefault();
    if (!sendable) return;
    say(item.item, kind, text);
    keep("");
    sign(false);
  };
  /** @param {KeyboardEvent} event */
  const key = (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && send(event);

  return html`
    <form class=${`composer ${note ? "noting" : ""}`} onSubmit=${send}>
      <div class="tabs" role="group" aria-label="What to write">
        <button type="button" aria-pressed=${!note} data-testid="mode-message" onClick=${() => setWantsNote(false)}>Answer</button>
        <button type="button" aria-pressed=${note} data-testid="mode-note" onClick=${() => setWantsNote(true)}>Internal note</button>
        <span class="gap"></span>
        ${length > LIMIT * 0.9 && html`<span class=${length > LIMIT ? "problem" : "muted"} role="status">${length} / ${LIMIT}</span>`}
      </div>
      <div class="line">
        <textarea ref=${box} rows="2" dir="auto" value=${text} readonly=${standing} onInput=${typed} onKeyDown=${key} data-testid="composer"
          aria-label=${note ? "Internal note" : "Message"} placeholder=${note ? "Only colleagues see this" : standing ? "Resume the chat to write to the visitor" : "Write to the visitor"}></textarea>
        <button class="primary" disabled=${!sendable} data-testid="send">${note ? "Add note" : "Send"}</button>
      </div>
    </form>`;
}
