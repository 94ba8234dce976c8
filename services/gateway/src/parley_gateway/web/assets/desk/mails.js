/** The mails of a conversation: what was written and by whom, what it quotes, its files, and the page as its sender made it (R3, R35). */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { mail } from "./contacts.js";
import { texts } from "./language.js";
import { sentence, sizeOf, timeOfDay } from "./texts.js";
import { now } from "./timers.js";
import { Written } from "./written.js";

/** @typedef {{ item?: string, seq: number, at: string, kind: string, from?: string, name?: string, agent?: string, text: string, to?: string[], cc?: string[], subject?: string,
 *   attachments?: { name: string, type: string, size: number, number: number }[], html?: boolean, quoted?: boolean, cut?: boolean, marks?: string[], refused?: string, state?: string, until?: string }} Entry */

/** The mails below it: loaded when they are unfolded. @param {{ at: string, entry: Entry }} props */
function Quoted({ at, entry }) {
  const t = texts.value.letter;
  const [text, setText] = useState("");
  const load = (/** @type {any} */ event) => {
    if (event.target.open && !text) mail(at).then(({ quoted }) => setText(quoted ?? ""), (refusal) => setText(sentence(refusal)));
  };
  return entry.quoted && html`<details class="quoted" onToggle=${load} data-testid="quoted"><summary>${t.quoted}</summary><div class="text muted" dir="auto">${text || t.loading}</div></details>`;
}

/** As its sender made it: in a frame that runs nothing and loads nothing. @param {{ at: string, entry: Entry }} props */
function Page({ at, entry }) {
  const t = texts.value.letter;
  const [shown, show] = useState(false);
  return entry.html && html`
    <p><button class="small" aria-expanded=${shown} onClick=${() => show(!shown)} data-testid="as-sent">${t.asSent}</button></p>
    ${shown && html`<iframe class="page" sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer" title=${t.asSent} src=${`${at}/page`} data-testid="mail-page"></iframe>`}`;
}

/** @param {{ at: string, entry: Entry }} props */
function Files({ at, entry }) {
  const t = texts.value.letter;
  return !!entry.attachments?.length && html`
    <ul class="files" aria-label=${t.files} data-testid="mail-files">
      ${entry.attachments.map(({ name, type, size, number }) => html`<li key=${number}><a href=${`${at}/files/${number}`} download=${name}><bdi>${name}</bdi></a> <span class="muted">${type}, ${sizeOf(size)}</span></li>`)}
    </ul>`;
}

/** For a moment it can be had back. @param {{ entry: Entry, undo: (seq: number) => void }} props */
function Undo({ entry, undo }) {
  const t = texts.value.letter;
  const left = Math.ceil((Date.parse(entry.until ?? "") - now.value) / 1000);
  return left > 0 && html`<p class="undo"><span role="timer" data-testid="undo-left">${t.leaves(left)}</span> <button type="button" class="small" data-testid="undo" onClick=${() => undo(entry.seq)}>${t.undo}</button></p>`;
}

/** @param {{ item: string, entry: Entry, first: boolean, undo?: (seq: number) => void, forward?: (entry: Entry) => void }} props */
function Mail({ item, entry, first, undo, forward }) {
  const t = texts.value.letter;
  const states = /** @type {Record<string, string>} */ (t.states);
  const marks = /** @type {Record<string, string>} */ (t.marks);
  const at = `/v1/mails/${encodeURIComponent(entry.item ?? item)}/${entry.seq}`;
  const ours = entry.from === "agent";
  const told = [...new Set((entry.marks ?? []).map((mark) => marks[mark]).filter(Boolean))];
  return html`
    <div class=${`message ${ours ? "agent" : "visitor"}`} data-testid=${ours ? "answer" : "mail"}>
      <p class="who"><bdi>${entry.name ?? entry.agent ?? ""}</bdi> <time datetime=${entry.at}>${timeOfDay(entry.at)}</time>
        ${ours && entry.state && html` <span class="mark" data-testid="answer-state">${states[entry.state ?? ""] ?? entry.state}</span>`}
        ${told.map((mark) => html` <span class="mark" key=${mark}>${mark}</span>`)}</p>
      ${!!entry.cc?.length && html`<p class="muted"><bdi>${t.copyTo(entry.cc.join(", "))}</bdi></p>`}
      ${entry.refused
        ? html`<p class="problem" data-testid="mail-refused">${t.refused(/** @type {Record<string, string>} */ (t.reasons)[entry.refused] ?? entry.refused)}</p>`
        : html`<div class="text" dir="auto" data-testid=${first ? "letter-text" : "mail-text"}>${entry.text ? html`<${Written} text=${entry.text} />` : t.nothing}</div>`}
      ${entry.cut && html`<p class="muted">${t.cut} <a href=${`${at}/original`} download>${t.original}</a></p>`}
      ${undo && !entry.item && ours && html`<${Undo} entry=${entry} undo=${undo} />`}
      <${Quoted} at=${at} entry=${entry} /><${Page} at=${at} entry=${entry} /><${Files} at=${at} entry=${entry} />
      ${forward && !entry.item && !entry.refused && html`<p><button type="button" class="small" onClick=${() => forward(entry)} data-testid="forward">${t.forward}</button></p>`}
    </div>`;
}

/** @param {{ item: string, entries: Entry[], undo?: (seq: number) => void, forward?: (entry: Entry) => void }} props */
export function Mails({ item, entries, undo, forward }) {
  const theirs = entries.filter(({ from }) => from === "visitor");
  const first = theirs.find((entry) => !entry.item) ?? theirs.at(-1); // a mail that came as its item was being closed stands with the item before
  return entries.map((entry) => html`<${Mail} key=${`${entry.item ?? ""}/${entry.seq}`} item=${item} entry=${entry} first=${entry === first} undo=${undo} forward=${forward} />`);
}
