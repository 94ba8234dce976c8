/** Ready texts where an agent writes: asked for with `/`, chosen with keys or the mouse. They come when a box is first there (replies.js). */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { texts } from "./language.js";
import { parts } from "./ondemand.js";
import { queueName } from "./row.js";
import { setup } from "./setup.js";
import { view } from "./state.js";
import { day, languageName, nameOf } from "./texts.js";
import { now } from "./timers.js";

const ASKING = /(?:^|\s)\/\S*$/; // for a ready text, perhaps

/** @type {(item: import("./types.js").Item) => Record<string, string | undefined>} what stands for the names in a text */
const namesFor = (item) => ({
  visitor: nameOf(item), agent: view.peek()?.agent.name ?? "", queue: queueName(item.queue), subject: item.subject,
  date: day(new Date(now.peek()).toISOString()), number: item.item,
});

/** @param {{ found: import("./replies.js").Reply[], at: number, fill: (text: string) => string, take: (index: number) => void }} props */
const List = ({ found, at, fill, take }) => html`
  <ul class="replies" role="listbox" id="replies" aria-label=${texts.value.write.replies} data-testid="replies">
    ${found.map(({ name, text, language }, index) => html`
      <li key=${name} id=${`reply-${index}`} role="option" aria-selected=${index === at} onMouseDown=${(/** @type {Event} */ event) => (event.preventDefault(), take(index))}>
        <b>/${name}</b> ${language && html`<span class="mark">${languageName(language)}</span>`}<span dir="auto">${fill(text)}</span>
      </li>`)}
  </ul>`;

/**
 * @param {import("./types.js").Item} item @param {{ current: HTMLTextAreaElement | null }} box @param {string} text that it holds
 * @param {(text: string) => void} keep what it is to hold @param {boolean} [off] nothing can be written now
 * @returns what is shown above the box, what its keys mean, and what it says of itself to those who hear it
 */
export function useReplies(item, box, text, keep, off) {
  const [word, setWord] = useState(/** @type {string | null} */ (null)); // of the ready text that is asked for
  const [at, setAt] = useState(0);
  const [caret, setCaret] = useState(-1); // where to go once a ready text is in
  const replies = parts.replies.there;
  const found = word === null || off || !replies ? [] : replies.matching(setup.value.replies, word, item.language, item.queue);
  const fill = (/** @type {string} */ ready) => replies?.filled(ready, namesFor(item)) ?? ready;
  const shown = Math.min(at, found.length - 1);

  useLayoutEffect(() => {
    if (caret >= 0) box.current?.setSelectionRange(caret, caret);
    setCaret(-1);
  }, [caret]);
  const ask = () => {
    const { value, selectionStart } = /** @type {HTMLTextAreaElement} */ (box.current);
    setWord(replies?.asked(value, selectionStart) ?? null);
    setAt(0);
  };
  const late = useRef(!replies); // what was typed before they were there may ask for one
  useEffect(() => void (replies ? late.current && ask() : parts.replies.load()), [replies]);
  /** @param {number} index */
  const take = (index) => {
    if (!replies) return;
    const done = replies.insert(text, box.current?.selectionStart ?? text.length, fill(found[index].text));
    keep(done.text);
    setCaret(done.caret);
    setWord(null);
  };
  /** @param {KeyboardEvent} event @returns {boolean} whether the key was one of theirs */
  const choose = (event) => {
    const { length: count } = found;
    if (!count || event.altKey) return false;
    if (event.key === "ArrowDown") setAt((at + 1) % count);
    else if (event.key === "ArrowUp") setAt((at + count - 1) % count);
    else if (event.key === "Escape") setWord(null);
    else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") take(shown);
    else return false;
    event.preventDefault();
    return true;
  };
  /** Is a ready text asked for by its name that nobody can know yet? That name is not for the visitor. */
  const asksInVain = () => !replies && setup.value.replies.length > 0 && ASKING.test(text.slice(0, box.current?.selectionStart));
  return {
    list: found.length > 0 && html`<${List} found=${found} fill=${fill} at=${shown} take=${take} />`,
    ask, choose, asksInVain,
    close: () => setWord(null),
    aria: { "aria-autocomplete": "list", "aria-controls": found.length ? "replies" : undefined, "aria-activedescendant": found.length ? `reply-${shown}` : undefined },
  };
}
