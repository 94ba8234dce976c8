/** R26: everything that was between this customer and the company before, newest first. */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { history } from "./contacts.js";
import { texts } from "./language.js";
import { queueName } from "./row.js";
import { day, kindName, sentence, timeOfDay } from "./texts.js";
import { duration } from "./timers.js";
import { Day } from "./day.js";
import { Written } from "./written.js";

/** @param {{ past: any }} props */
function Past({ past }) {
  const t = texts.value.customer;
  const facts = [queueName(past.queue), t.outcomes[past.outcome] ?? t.open, past.handle_ms ? duration(past.handle_ms) : "", past.rating && texts.value.log.rated(past.rating.score)];
  const note = past.classification;
  return html`
    <li data-testid="past" data-item=${past.item}>
      <details>
        <summary><span class="row-name" dir="auto">${past.subject || kindName(past.kind)}, <time datetime=${past.started_at}>${day(past.started_at)}</time></span>
          <span class="row-more">${facts.filter(Boolean).join(", ")}</span></summary>
        ${note && html`<p class="past-note" dir="auto"><${Written} text=${[note.code, note.note].filter(Boolean).join(": ")} /></p>`}
        ${past.transcript.map((/** @type {any} */ line, /** @type {number} */ index) => html`
          <${Day} key=${`day-${line.seq}`} at=${line.at} before=${index ? past.transcript[index - 1].at : past.started_at} />
          <p class="past-line" key=${line.seq} dir="auto"><b>${line.name ?? (line.from === "visitor" ? texts.value.visitor : texts.value.agent)} <time datetime=${line.at}>${timeOfDay(line.at)}</time></b><span><${Written} text=${line.text} /></span></p>`)}
        ${!past.transcript.length && html`<p class="muted">${past.withheld ? t.withheld : t.noTranscript}</p>`}
      </details>
    </li>`;
}

/** @param {{ contact: import("./types.js").Contact, without: string }} props */
export function History({ contact, without }) {
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
    <section class="history" aria-labelledby="history-title" data-testid="history">
      <h2 id="history-title">${t.earlier}</h2>
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
      ${!past.length && !problem && html`<p class="muted">${t.noneYet}</p>`}
      <ul>${past.map((each) => html`<${Past} key=${each.item} past=${each} />`)}</ul>
      ${next && html`<button class="small" data-testid="history-more" onClick=${() => more(next)}>${t.more}</button>`}
    </section>`;
}
