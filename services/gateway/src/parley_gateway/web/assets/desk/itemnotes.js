/** Internal notes about a call, an e-mail or a task (R35): those that the record has, and one more. A chat's stand in its log. */
import { html, useEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { byHand } from "../shared/keyboard.js";
import { interaction } from "./contacts.js";
import { act } from "./desk.js";
import { draftOf, keepDraft } from "./drafts.js";
import { goOn } from "./focus.js";
import { texts } from "./language.js";
import { view } from "./state.js";
import { agentName, timeOfDay } from "./texts.js";
import { Written } from "./written.js";

const LIMIT = 4000; // code points

/** @typedef {import("./types.js").Item} Item */

/** @param {{ notes: any[] }} props */
const Notes = ({ notes }) => notes.map(({ at, agent, name, text }, index) => html`
  <div class="message note" key=${index} data-testid="item-note">
    <p class="who"><bdi>${texts.value.talk.noteBy(name ?? agentName(agent))}</bdi> <time datetime=${at}>${timeOfDay(at)}</time></p>
    <div class="text" dir="auto"><${Written} text=${text} /></div>
  </div>`);

/** @param {{ item: Item }} props */
export function ItemNotes({ item }) {
  const t = texts.value.write;
  const [notes, setNotes] = useState(/** @type {any[]} */ ([]));
  const [text, setText] = useState(draftOf(item.item).note ?? "");
  const [busy, setBusy] = useState(false);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    let wanted = true;
    interaction(item.item).then((found) => wanted && setNotes((here) => [...(found.notes ?? []), ...here]), () => {}); // not known there yet
    return () => void (wanted = false);
  }, [item.item]);
  const write = (/** @type {string} */ now) => (setText(now), keepDraft(item.item, { note: now }));
  const length = [...text].length;
  const add = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const said = text.trim();
    if (!said || busy || length > LIMIT) return;
    setBusy(true);
    const taken = await act("note", { item: item.item, text: said });
    setBusy(false);
    goOn(box.current);
    if (!taken) return; // why not is told, and the draft stays
    const by = view.peek()?.agent;
    setNotes((here) => [...here, { at: new Date().toISOString(), agent: by?.id, name: by?.name, text: said }]);
    write("");
  };
  const key = (/** @type {KeyboardEvent} */ event) => void (event.key === "Enter" && !event.shiftKey && add(event));
  return html`
    <${Notes} notes=${notes} />
    ${item.stage === "conversation" && html`
      <form class="answer noting" onSubmit=${add} data-testid="note-form">
        <label>${t.note}
          <textarea ref=${box} rows="2" value=${text} placeholder=${t.noteHint} onInput=${(/** @type {any} */ event) => write(event.target.value)} onKeyDown=${byHand(key)} dir="auto" data-testid="note-text"></textarea></label>
        ${length > LIMIT && html`<p class="problem" role="alert">${length} / ${LIMIT}</p>`}
        <div class="buttons"><button disabled=${busy || length > LIMIT || !text.trim()} data-testid="note-add">${t.add}</button></div>
      </form>`}`;
}
