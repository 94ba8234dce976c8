/** What an e-mail or a task says, whole, and the answers to it (R3, R35): asked for when it is opened, as the floor knows its subject alone. */
import { html, useEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { handIn, workItem } from "./contacts.js";
import { act, knowAnswers } from "./desk.js";
import { useServerDraft } from "./draft.js";
import { draftOf, keepDraft } from "./drafts.js";
import { goOn } from "./focus.js";
import { texts } from "./language.js";
import { Mails } from "./mails.js";
import { mailto, senderOf } from "./mailto.js";
import { away } from "./state.js";
import { sentence, sizeOf } from "./texts.js";
import { now } from "./timers.js";
import { looked } from "./unread.js";
import { Written } from "./written.js";

const LIMIT = 4000; // code points
const SENT_AFTER = 1000; // until it is looked whether an answer has been sent, and twice as long each time after that
const AT_MOST = 60_000;
const ON_ITS_WAY = ["waiting", "taken", "sending"];

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

/** @param {{ item: import("./types.js").Item, sender: string, subject: string, text: string, sent: () => void }} props */
function Answer({ item, sender, subject, text, sent }) {
  const t = texts.value.letter;
  const [draft, setDraft] = useState(draftOf(item.item).message ?? "");
  const [busy, setBusy] = useState(false);
  const [copies, setCopies] = useState("");
  const [files, setFiles] = useState(/** @type {Handed[]} */ ([]));
  const write = (/** @type {string} */ now) => (setDraft(now), keepDraft(item.item, { message: now }));
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const { leave, begunBy } = useServerDraft(item, draft, write);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    const cc = copies.split(/[,;\s]+/).filter(Boolean);
    const taken = await act("reply", { item: item.item, text: draft.trim(), cc, attachments: files.map(({ attachment }) => attachment) });
    setBusy(false);
    goOn(box.current);
    if (!taken) return; // why not is told, and the draft stays
    write("");
    setFiles([]);
    setCopies("");
    sent();
  };
  const long = [...draft].length > LIMIT;
  return html`
    <form class="answer" onSubmit=${send} data-testid="answer-form">
      <label>${t.to(sender)}
        <textarea ref=${box} rows="6" value=${draft} onInput=${(/** @type {any} */ event) => write(event.target.value)} onBlur=${leave} dir="auto" data-testid="answer-text"></textarea></label>
      ${begunBy && draft && html`<p class="muted" data-testid="begun-by">${begunBy}</p>`}
      ${long && html`<p class="problem" role="alert">${t.tooLong}</p>`}
      <details><summary>${t.more}</summary>
        <label>${t.copies} <input value=${copies} onInput=${(/** @type {any} */ event) => setCopies(event.target.value)} autocomplete="off" dir="ltr" data-testid="answer-copies" /></label>
        <${Attached} files=${files} change=${setFiles} busy=${setBusy} /></details>
      <div class="buttons"><button class="primary" disabled=${busy || long || !draft.trim() || item.activity !== "active"} data-testid="answer-send">${t.send}</button>
        <a href=${mailto(sender, subject, text)} data-testid="answer-by-mail">${t.elsewhere}</a></div>
    </form>`;
}

/** @param {{ item: import("./types.js").Item }} props */
export function Letter({ item }) {
  const t = texts.value.letter;
  const [found, setFound] = useState(/** @type {any} */ (null));
  const [entries, setEntries] = useState(/** @type {import("./mails.js").Entry[]} */ ([]));
  const [problem, setProblem] = useState("");
  const [undone, setUndone] = useState(0);
  const looks = useRef(0); // since an answer has been on its way
  const lookForMails = async () => {
    if (item.kind !== "email") return;
    const opened = await act("open", { item: item.item });
    const mails = (opened?.events ?? []).filter((/** @type {any} */ { kind }) => kind === "message");
    if (!mails.length) return; // the record has not heard of it yet: what the floor knows is shown
    setEntries(mails);
    knowAnswers(item.item, mails.map((/** @type {any} */ { from, at }) => ({ kind: "message", from, at })));
    if (!away.peek()) looked(item.item, item.unread);
  };
  useEffect(() => { // what is on its way is looked for until it is sent
    const under = entries.filter(({ state }) => ON_ITS_WAY.includes(state ?? ""));
    if (!under.length) return void (looks.current = 0);
    const left = Math.max(0, ...under.map(({ until }) => (Date.parse(until ?? "") || 0) - now.peek()));
    if (left) looks.current = 0;
    const later = setTimeout(lookForMails, left + Math.min(SENT_AFTER * 2 ** looks.current++, AT_MOST));
    return () => clearTimeout(later);
  }, [entries]);
  const undo = async (/** @type {number} */ seq) => {
    const back = await act("undo", { item: item.item, seq });
    if (!back) return; // too late, and said so
    keepDraft(item.item, { message: back.text });
    setUndone(undone + 1); // the form begins with it
    lookForMails();
  };
  const load = () => {
    let wanted = true;
    setProblem("");
    workItem(item.item).then((known) => wanted && setFound(known), (refusal) => wanted && setProblem(sentence(refusal)));
    return () => void (wanted = false);
  };
  useEffect(load, [item.item]);
  useEffect(() => void lookForMails(), [item.item, item.unread, item.stage]);
  if (problem) return html`<p class="problem" role="alert">${problem} <button class="small" onClick=${load}>${texts.value.talk.again}</button></p>`;
  if (!found) return html`<p class="turn" role="status">${t.loading}</p>`;
  const sender = senderOf(found.name ?? "");
  const newest = entries.findLast(({ from }) => from === "visitor")?.text ?? found.text ?? "";
  return html`
    <article class="letter" data-testid="letter">
      <dl>
        ${found.name && html`<dt>${t.from}</dt><dd dir="auto">${found.name}</dd>`}
        ${found.subject && html`<dt>${t.subject}</dt><dd dir="auto">${found.subject}</dd>`}
      </dl>
      ${entries.length
        ? html`<${Mails} item=${item.item} entries=${entries} undo=${item.stage === "conversation" ? undo : undefined} />`
        : html`<div class="text" dir="auto" data-testid="letter-text">${found.text ? html`<${Written} text=${found.text} />` : t.nothing}</div>`}
      ${item.kind === "email" && item.stage === "conversation" && sender && html`<${Answer} key=${undone} item=${item} sender=${sender} subject=${found.subject ?? ""} text=${newest} sent=${lookForMails} />`}
    </article>`;
}
