/** What an e-mail or a task says, whole, and the answers to it (R3, R35): asked for when it is opened, as the floor knows its subject alone. */
import { html, useEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { Answer } from "./answer.js";
import { workItem } from "./contacts.js";
import { act, knowAnswers } from "./desk.js";
import { keepDraft } from "./drafts.js";
import { texts } from "./language.js";
import { Mails } from "./mails.js";
import { answered, senderOf } from "./mailto.js";
import { away } from "./state.js";
import { sentence } from "./texts.js";
import { now } from "./timers.js";
import { looked } from "./unread.js";
import { Written } from "./written.js";

const SENT_AFTER = 1000; // until it is looked whether an answer has been sent, and twice as long each time after that
const AT_MOST = 60_000;
const ON_ITS_WAY = ["waiting", "taken", "sending"];

/** What goes to nobody who has written is no answer: the customer waits still. @type {(entry: import("./mails.js").Entry, mails: import("./mails.js").Entry[]) => boolean} */
function isForwarded({ from, to = [], cc = [] }, mails) {
  const theirs = new Set(mails.filter((each) => each.from === "visitor").map(({ name }) => senderOf(name ?? "").toLowerCase()).filter(Boolean));
  return from === "agent" && theirs.size > 0 && to.length > 0 && ![...to, ...cc].some((each) => theirs.has(each.toLowerCase()));
}

/** An answer has the subject, answered; what an agent begins has it as it is. @type {(item: import("./types.js").Item, subject: string, entries: import("./mails.js").Entry[]) => string} */
const subjectOf = (item, subject, entries) => (item.conversation && entries.every((entry) => !entry.subject) ? subject : answered(subject));

/** @param {{ item: import("./types.js").Item }} props */
export function Letter({ item }) {
  const t = texts.value.letter;
  const [found, setFound] = useState(/** @type {any} */ (null));
  const [entries, setEntries] = useState(/** @type {import("./mails.js").Entry[]} */ ([]));
  const [problem, setProblem] = useState("");
  const [undone, setUndone] = useState(0);
  const [forward, setForward] = useState(/** @type {import("./mails.js").Entry | undefined} */ (undefined));
  const looks = useRef(0); // since an answer has been on its way
  const lookForMails = async () => {
    if (item.kind !== "email") return;
    const opened = await act("open", { item: item.item });
    const mails = (opened?.events ?? []).filter((/** @type {any} */ { kind }) => kind === "message");
    if (!mails.length) return; // the record has not heard of it yet: what the floor knows is shown
    setEntries(mails);
    knowAnswers(item.item, mails.map((/** @type {any} */ entry) => ({ kind: isForwarded(entry, mails) ? "note" : "message", from: entry.from, at: entry.at })));
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
  const writes = item.kind === "email" && item.stage === "conversation";
  const sent = () => (setForward(undefined), lookForMails());
  return html`
    <article class="letter" data-testid="letter">
      <dl>
        ${found.name && html`<dt>${t.from}</dt><dd dir="auto">${found.name}</dd>`}
        ${found.subject && html`<dt>${t.subject}</dt><dd dir="auto">${found.subject}</dd>`}
      </dl>
      ${entries.length
        ? html`<${Mails} item=${item.item} entries=${entries} undo=${writes ? undo : undefined} forward=${writes ? setForward : undefined} />`
        : html`<div class="text" dir="auto" data-testid="letter-text">${found.text ? html`<${Written} text=${found.text} />` : t.nothing}</div>`}
      ${writes && html`<${Answer} key=${`${undone} ${forward?.seq ?? ""}`} item=${item} sender=${sender} subject=${subjectOf(item, found.subject ?? "", entries)} text=${newest} forward=${forward} stop=${() => setForward(undefined)} sent=${sent} />`}
    </article>`;
}
