/** R26: everything that was between this customer and the company before, newest first. */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { history } from "./contacts.js";
import { compose } from "./desk.js";
import { texts } from "./language.js";
import { queueName } from "./row.js";
import { agentName, day, kindName, sentence, timeOfDay } from "./texts.js";
import { duration } from "./timers.js";
import { Day } from "./day.js";
import { Written } from "./written.js";

/** What was said, with the internal notes between and what the visitor thought of it at the end, each at its time (R25, R26). @param {any} past */
function linesOf(past) {
  const notes = (past.notes ?? []).map((/** @type {any} */ note) => ({ ...note, from: "note" }));
  const rated = past.rating?.comment ? [{ from: "rated", at: past.rating.at, text: past.rating.comment, score: past.rating.score }] : [];
  return [...past.transcript, ...notes, ...rated].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** @param {{ line: any, customer: string }} props */
function Said({ line: { from, name, agent, at, text, score }, customer }) {
  const t = texts.value;
  const who = from === "note" ? t.talk.noteBy(name ?? agentName(agent)) : from === "rated" ? t.log.rated(score) : name ?? (from === "visitor" ? customer : t.agent);
  return html`<p class=${from === "note" ? "past-note" : "past-line"} data-testid=${`past-${from}`} dir="auto"><b>${who} <time datetime=${at}>${timeOfDay(at)}</time></b><span><${Written} text=${text} /></span></p>`;
}

/** @type {(past: any) => string} where it was, what became of it, for how long, and what the visitor thought of it */
export function factsOf(past) {
  const t = texts.value.customer;
  return [queueName(past.queue), t.outcomes[past.outcome] ?? t.open, past.handle_ms ? duration(past.handle_ms) : "", past.rating && texts.value.log.rated(past.rating.score)].filter(Boolean).join(", ");
}

/** What was said and noted, from its beginning to its end. @param {{ past: any, customer: string }} props */
export function Transcript({ past, customer }) {
  const t = texts.value.customer;
  const note = past.classification;
  const lines = linesOf(past);
  return html`
    ${note && html`<p class="past-note" dir="auto"><${Written} text=${[note.code, note.note].filter(Boolean).join(": ")} /></p>`}
    ${lines.map((/** @type {any} */ line, /** @type {number} */ index) => html`
      <${Day} key=${`day-${index}`} at=${line.at} before=${index ? lines[index - 1].at : past.started_at} />
      <${Said} key=${index} line=${line} customer=${customer} />`)}
    ${!lines.length && html`<p class="muted">${past.withheld ? t.withheld : t.noTranscript}</p>`}`;
}

/** @param {{ past: any, customer: string }} props */
function Past({ past, customer }) {
  return html`
    <li data-testid="past" data-item=${past.item}>
      <details>
        <summary><span class="row-name" dir="auto">${past.subject || kindName(past.kind)}, <time datetime=${past.started_at}>${day(past.started_at)}</time></span>
          <span class="row-more">${factsOf(past)}</span></summary>
        <${Transcript} past=${past} customer=${customer} />
        ${past.stage === "closed" && !past.withheld && html`<p><button class="small" data-testid="write-again" onClick=${() => compose(past.item)}>${texts.value.customer.write}</button></p>`}
      </details>
    </li>`;
}

/** @param {{ contact: { contact: string, name: string }, without: string, id?: string }} props `id`: of its heading */
export function History({ contact, without, id = "history-title" }) {
  const t = texts.value.customer;
  const [items, setItems] = useState(/** @type {any[]} */ ([]));
  const [next, setNext] = useState(/** @type {string | undefined} */ (undefined));
  const [problem, setProblem] = useState("");
  /** @param {string} [after] */
  const more = (after) => history(contact.contact, after).then(
    (page) => (setItems((/** @type {any[]} */ old) => [...(after ? old : []), ...page.items]), setNext(page.next), setProblem("")),
    (refusal) => setProblem(sentence(refusal)),
  );
  useEffect(() => void more(), []);
  const past = items.filter(({ item }) => item !== without);
  return html`
    <section class="history" aria-labelledby=${id} data-testid="history">
      <h2 id=${id}>${t.earlier}</h2>
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
      ${!past.length && !problem && html`<p class="muted">${t.noneYet}</p>`}
      <ul>${past.map((each) => html`<${Past} key=${each.item} past=${each} customer=${contact.name} />`)}</ul>
      ${next && html`<button class="small" data-testid="history-more" onClick=${() => more(next)}>${t.more}</button>`}
    </section>`;
}
