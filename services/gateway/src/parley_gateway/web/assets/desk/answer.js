/** What an agent writes by e-mail: an answer, a letter of their own, or something handed on (R35). */
import { html, useRef, useState } from "../vendor/preact-htm-signals.js";
import { byHand } from "../shared/keyboard.js";
import { handIn } from "./contacts.js";
import { act } from "./desk.js";
import { useServerDraft } from "./draft.js";
import { draftOf, keepDraft } from "./drafts.js";
import { goOn } from "./focus.js";
import { language, texts } from "./language.js";
import { forwarded, mailto } from "./mailto.js";
import { useReplies } from "./ready.js";
import { setup } from "./setup.js";
import { sentence, sizeOf } from "./texts.js";

const LIMIT = 4000; // code points

/** @typedef {{ attachment: string, name: string, size: number }} Handed */

/** Files that go along. @param {{ files: Handed[], change: (files: Handed[]) => void, busy: (on: boolean) => void }} props */
function Attached({ files, change, busy }) {
  const t = texts.value.letter;
  const [problem, setProblem] = useState("");
  const place = useRef(/** @type {any} */ (null));
  const add = async () => {
    const box = place.current;
    const chosen = [...box.files];
    box.value = "";
    busy(true);
    setProblem("");
    let now = files;
    for (const file of chosen) {
      try {
        change((now = [...now, await handIn(file)]));
      } catch (refusal) {
        setProblem(`${file.name}: ${sentence(/** @type {any} */ (refusal))}`);
      }
    }
    busy(false);
  };
  return html`
    <label class="attach">${t.attach} <input type="file" multiple ref=${place} onChange=${add} data-testid="answer-files" /></label>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    ${!!files.length && html`<ul class="files" data-testid="attached">${files.map((file) => html`<li key=${file.attachment}><bdi>${file.name}</bdi> <span class="muted">${sizeOf(file.size)}</span>
      <button type="button" class="small" onClick=${() => change(files.filter((each) => each !== file))}>${t.detach}</button></li>`)}</ul>`}`;
}

/** @type {(text: string) => string[]} */
const addresses = (text) => text.split(/[,;\s]+/).filter(Boolean);

/**
 * @param {{ item: import("./types.js").Item, sender: string, subject: string, text: string, forward?: import("./mails.js").Entry, stop: () => void, sent: () => void }} props
 * `forward`: what is handed on instead of answered
 */
export function Answer({ item, sender, subject, text, forward, stop, sent }) {
  const t = texts.value.letter;
  const usual = { to: forward ? "" : sender, about: forward ? forwarded(subject) : subject };
  const [draft, setDraft] = useState(draftOf(item.item).message || (forward ? t.forInformation : ""));
  const [busy, setBusy] = useState(false);
  const [otherTo, setTo] = useState(/** @type {string | null} */ (null)); // until the agent writes another, as is usual by what is known now
  const [otherAbout, setAbout] = useState(/** @type {string | null} */ (null));
  const to = otherTo ?? usual.to;
  const about = otherAbout ?? usual.about;
  const [copies, setCopies] = useState("");
  const [files, setFiles] = useState(/** @type {Handed[]} */ ([]));
  const write = (/** @type {string} */ now) => (setDraft(now), keepDraft(item.item, { message: now }));
  const { leave, begunBy } = useServerDraft(item, draft, write);
  const box = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const ready = useReplies(item, box, draft, write);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    const changed = { ...(to.trim() !== sender && { to: addresses(to) }), subject: about.trim(), ...(forward && { forward: forward.seq, language: language.peek() === "de" ? "de" : "en" }) };
    const taken = await act("reply", { item: item.item, text: draft.trim(), cc: addresses(copies), attachments: files.map(({ attachment }) => attachment), ...changed });
    setBusy(false);
    goOn(box.current);
    if (!taken) return; // why not is told, and the draft stays
    write("");
    setFiles([]);
    setCopies("");
    setTo(null);
    setAbout(null);
    sent();
  };
  const long = [...draft].length > LIMIT;
  const into = (/** @type {(text: string) => void} */ set) => (/** @type {any} */ event) => set(event.target.value);
  return html`
    <form class="answer" onSubmit=${send} data-testid="answer-form">
      ${forward && html`<p class="turn" data-testid="forwards">${t.forwards(forward.name ?? "")} <button type="button" class="small" onClick=${stop}>${texts.value.cancel}</button></p>`}
      ${(forward || !sender) && html`<label>${t.recipient} <input type="text" inputmode="email" value=${to} onInput=${into(setTo)} autocomplete="off" dir="ltr" required data-testid="answer-to" /></label>`}
      ${ready.list}
      <label>${forward || !sender ? t.message : t.to(sender)}
        <textarea ref=${box} rows="6" value=${draft} onInput=${(/** @type {any} */ event) => (write(event.target.value), ready.ask())} onClick=${ready.ask} onKeyDown=${byHand(ready.choose)} onBlur=${() => (ready.close(), leave())} dir="auto" ...${ready.aria} data-testid="answer-text"
          placeholder=${setup.value.replies.length ? texts.value.write.readyHint : ""}></textarea></label>
      ${begunBy && draft && html`<p class="muted" data-testid="begun-by">${begunBy}</p>`}
      ${long && html`<p class="problem" role="alert">${t.tooLong}</p>`}
      <details><summary>${t.more}</summary>
        ${!forward && sender && html`<label>${t.recipient} <input type="text" inputmode="email" value=${to} onInput=${into(setTo)} autocomplete="off" dir="ltr" data-testid="answer-to" /></label>`}
        <label>${t.subject} <input value=${about} onInput=${into(setAbout)} maxlength="200" autocomplete="off" dir="auto" data-testid="answer-subject" /></label>
        <label>${t.copies} <input value=${copies} onInput=${into(setCopies)} autocomplete="off" dir="ltr" data-testid="answer-copies" /></label>
        <${Attached} files=${files} change=${setFiles} busy=${setBusy} /></details>
      <div class="buttons"><button class="primary" disabled=${busy || long || !draft.trim() || !to.trim() || item.activity !== "active"} data-testid="answer-send">${t.send}</button>
        ${!forward && sender && html`<a href=${mailto(sender, subject, text)} data-testid="answer-by-mail">${t.elsewhere}</a>`}</div>
    </form>`;
}
