/** Where the agent writes: an answer to the visitor, or a note that only colleagues see. */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { byHand } from "../shared/keyboard.js";
import { say, signalTyping } from "./desk.js";
import { useServerDraft } from "./draft.js";
import { draftOf, keepDraft } from "./drafts.js";
import { keyed } from "./keys.js";
import { texts as words } from "./language.js";
import { parts } from "./ondemand.js";
import { setup } from "./setup.js";
import { view } from "./state.js";
import { languageName, nameOf } from "./texts.js";

const LIMIT = 4000; // code points
const SIGN_EVERY = 3000;
const QUIET_AFTER = 5000;
const ASKING = /(?:^|\s)\/\S*$/; // for a ready text, perhaps
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

/** @param {{ found: import("./replies.js").Reply[], at: number, fill: (text: string) => string, take: (index: number) => void }} props */
const Replies = ({ found, at, fill, take }) => html`
  <ul class="replies" role="listbox" id="replies" aria-label=${words.value.write.replies} data-testid="replies">
    ${found.map(({ name, text, language }, index) => html`
      <li key=${name} id=${`reply-${index}`} role="option" aria-selected=${index === at} onMouseDown=${(/** @type {Event} */ event) => (event.preventDefault(), take(index))}>
        <b>/${name}</b> ${language && html`<span class="mark">${languageName(language)}</span>`}<span dir="auto">${fill(text)}</span>
      </li>`)}
  </ul>`;

/** @param {{ item: import("./types.js").Item }} props */
export function Composer({ item }) {
  const t = words.value.write;
  const { message = "", note: begun = "" } = draftOf(item.item);
  const [texts, setTexts] = useState({ message, note: begun });
  const [note, setNote] = useState(false);
  const [word, setWord] = useState(/** @type {string | null} */ (null)); // of the ready text that is asked for
  const [at, setAt] = useState(0);
  const [caret, setCaret] = useState(-1); // where to go once a ready text is in
  const box = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const sign = useTypingSign(item.item);
  const kind = note ? "note" : "message";
  const standing = !note && item.activity !== "active"; // what stands still is resumed first
  const text = texts[kind];
  const length = [...text].length;
  const sendable = text.trim() && length <= LIMIT && !standing;
  const replies = parts.replies.there;
  const found = word === null || standing || !replies ? [] : replies.matching(setup.value.replies, word, item.language);
  const fill = (/** @type {string} */ ready) => replies?.filled(ready, { visitor: nameOf(item), agent: view.peek()?.agent.name ?? "" }) ?? ready;

  useLayoutEffect(() => void (!standing && !touch.matches && box.current?.focus()), [note, standing]);
  useLayoutEffect(() => {
    if (caret >= 0) box.current?.setSelectionRange(caret, caret);
    setCaret(-1);
  }, [caret]);
  const keep = (/** @type {string} */ value) => {
    setTexts({ ...texts, [kind]: value });
    keepDraft(item.item, { [kind]: value });
  };
  const { leave, begunBy } = useServerDraft(item, texts.message, (begun) => {
    setTexts((now) => ({ ...now, message: begun }));
    keepDraft(item.item, { message: begun });
  });
  const ask = () => {
    const { value, selectionStart } = /** @type {HTMLTextAreaElement} */ (box.current);
    setWord(replies?.asked(value, selectionStart) ?? null);
    setAt(0);
  };
  const late = useRef(!replies); // what was typed before they were there may ask for one
  useEffect(() => void (replies ? late.current && ask() : parts.replies.load()), [replies]);
  /** @param {Event} event */
  const typed = ({ target }) => {
    const { value } = /** @type {HTMLTextAreaElement} */ (target);
    keep(value);
    ask();
    if (!note) sign(value !== "");
  };
  /** @param {Event} event */
  const send = (event) => {
    event.preventDefault();
    if (!sendable) return;
    say(item.item, kind, text);
    keep("");
    setWord(null);
    sign(false);
  };
  /** @param {number} index */
  const take = (index) => {
    if (!replies) return;
    const done = replies.insert(text, box.current?.selectionStart ?? text.length, fill(found[index].text));
    keep(done.text);
    setCaret(done.caret);
    setWord(null);
    if (!note) sign(true);
  };
  /** @param {KeyboardEvent} event */
  const choose = (event) => {
    const { length: count } = found;
    if (event.altKey) return false;
    if (event.key === "ArrowDown") setAt((at + 1) % count);
    else if (event.key === "ArrowUp") setAt((at + count - 1) % count);
    else if (event.key === "Escape") setWord(null);
    else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") take(Math.min(at, count - 1));
    else return false;
    return true;
  };
  /** Is a ready text asked for by its name that nobody can know yet? That name is not for the visitor. */
  const asksInVain = () => !replies && setup.value.replies.length > 0 && ASKING.test(text.slice(0, box.current?.selectionStart));
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    if (found.length && choose(event)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) asksInVain() ? (event.preventDefault(), parts.replies.open()) : send(event);
  };
  const other = (/** @type {boolean} */ on) => (on === note ? {} : keyed("note"));

  return html`
    <form class=${`composer ${note ? "noting" : ""}`} onSubmit=${send}>
      ${found.length > 0 && html`<${Replies} found=${found} fill=${fill} at=${Math.min(at, found.length - 1)} take=${take} />`}
      <div class="tabs" role="group" aria-label=${t.what}>
        <button type="button" aria-pressed=${!note} data-testid="mode-message" onClick=${() => setNote(false)} ...${other(false)}>${t.answer}</button>
        <button type="button" aria-pressed=${note} data-testid="mode-note" onClick=${() => setNote(true)} ...${other(true)}>${t.note}</button>
        <span class="gap"></span>
        ${length > LIMIT * 0.9 && html`<span class=${length > LIMIT ? "problem" : "muted"} role="status">${length} / ${LIMIT}</span>`}
      </div>
      <div class="line">
        <textarea ref=${box} rows="2" dir="auto" value=${text} readonly=${standing} onInput=${typed} onClick=${ask} onBlur=${() => (setWord(null), leave())} onKeyDown=${byHand(key)} data-testid="composer"
          aria-autocomplete="list" aria-controls=${found.length ? "replies" : undefined} aria-activedescendant=${found.length ? `reply-${Math.min(at, found.length - 1)}` : undefined}
          aria-label=${note ? t.note : t.message} placeholder=${note ? t.noteHint : standing ? t.standing : setup.value.replies.length ? t.hint : t.plainHint}></textarea>
        <button class="primary" disabled=${!sendable} aria-describedby=${standing && text ? "why-not" : undefined} data-testid="send">${note ? t.add : t.send}</button>
      </div>
      ${begunBy && texts.message && html`<p class="muted" data-testid="begun-by">${begunBy}</p>`}
      ${standing && text && html`<p class="muted" id="why-not" data-testid="why-not">${t.kept}</p>`}
    </form>`;
}
