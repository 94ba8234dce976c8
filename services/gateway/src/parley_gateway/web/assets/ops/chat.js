/** One item: its lanes, its state at any of its events, why it went to whom it went, and why it waited. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { Reason, useAnswer, Waiting } from "./asking.js";
import { Heading } from "../shared/heading.js";
import { across, kindOf, laneOf, LANES, ms, placed, span } from "./lanes.js";
import { EventList } from "./events.js";
import { route, stay, to } from "./route.js";
import { reason } from "./reason.js";
import { api, exactly, lasting, texts, word } from "./state.js";

const TARGET = 24; // pixels: a narrower band is nothing to press; what interrupted it stands among the events as well

/** @typedef {import("./lanes.js").Happening} Happening */

const MOST = 500;
const FACTS = /** @type {const} */ (["stage", "activity", "owner", "queue", "service", "visitor", "outcome", "ended_by", "unread", "interruptions"]);
const VALUED = new Set(["stage", "activity", "visitor", "outcome", "ended_by"]);
const TIMERS = /** @type {const} */ (["wait_ms", "handle_ms", "wrap_up_ms"]);

/** @type {(width: number) => boolean} in per cent of the track, which has half of the window's width at least */
const isWide = (width) => (width / 100) * (innerWidth / 2) >= TARGET;

/** @param {{ chat: any, events: Happening[], n: number }} props `n`: the chat's own event that it is seen after */
function Lanes({ chat, events, n }) {
  const t = texts.value.chat;
  const drawn = span(chat.bands, events, Date.now());
  return html`
    <div class="lanes" role="group" aria-label=${t.lanes} data-testid="lanes">
      <div class="lane bands"><span class="lane-name">${t.state}</span><div class="track">
        ${placed(chat.bands, drawn).map(({ band, left, width }) => html`
          <span key=${band.from + kindOf(band)} class=${`band ${kindOf(band)}`} style=${{ left: `${left}%`, width: `${width}%` }} title=${`${t.kinds[kindOf(band)]}${band.owner ? `, ${band.owner}` : ""}: ${exactly(band.from)}${band.until ? ` – ${exactly(band.until)}` : ""}`}>
            ${band.interrupted_by && isWide(width) ? html`<a href=${to(["item", band.interrupted_by])}>${t.kinds[kindOf(band)]}</a>` : t.kinds[kindOf(band)]}
          </span>`)}
      </div></div>
      ${LANES.map((lane) => html`
        <div class="lane" key=${lane}><span class="lane-name">${t.laneNames[lane]}</span><div class="track">
          ${events.filter((event) => laneOf(event) === lane).map((event) => {
            const label = `${event.type}, ${exactly(event.at)}`;
            const here = event.log === "session" && event.n === n;
            return html`<span key=${event.log + event.position} class=${here ? "happened here" : "happened"} style=${{ left: `${across(ms(event.at), drawn)}%` }} role="img" aria-label=${label} title=${label}></span>`;
          })}
        </div></div>`)}
      <p class="ends"><time datetime=${new Date(drawn.begin).toISOString()}>${exactly(drawn.begin)}</time><time datetime=${new Date(drawn.end).toISOString()}>${exactly(drawn.end)}</time></p>
    </div>`;
}

/** @param {{ chat: any }} props */
function Facts({ chat }) {
  const t = texts.value.chat;
  const names = /** @type {Record<string, string>} */ (t.facts);
  const shown = (/** @type {string} */ name) => (VALUED.has(name) ? word(chat[name]) : String(chat[name]));
  return html`
    <dl class="pairs" data-testid="facts">
      ${FACTS.filter((name) => chat[name] !== undefined).map((name) => html`<div key=${name}><dt>${names[name]}</dt><dd dir="auto">${shown(name)}</dd></div>`)}
      ${TIMERS.map((name) => html`<div key=${name}><dt>${names[name]}</dt><dd>${lasting(chat[name] ?? 0)}</dd></div>`)}
    </dl>`;
}

/** @param {{ entries: any[], reveal: () => void, revealed: boolean }} props */
function Entries({ entries, reveal, revealed }) {
  const t = texts.value.chat;
  return html`
    <div class="toolbar"><h2>${t.entries}</h2>${!revealed && html`<button type="button" class="small" onClick=${reveal}>${t.reveal}</button>`}</div>
    <ol class="entries" data-testid="entries">
      ${entries.map((entry) => html`
        <li key=${entry.n}><span class="mono">${entry.n}</span> <time datetime=${entry.at}>${exactly(entry.at)}</time> <strong>${entry.kind}</strong>
          ${entry.from && html` <span class="muted">${entry.from}</span>`} ${entry.name && html`<span dir="auto">${entry.name}</span>`}
          ${entry.text !== undefined && html`<p class="text" dir="auto">${entry.text}</p>`}
          ${entry.hidden && html` <span class="muted">${t.hidden(entry.hidden.join(", "))}</span>`}
        </li>`)}
    </ol>`;
}

/** @param {{ item: string }} props */
function Why({ item }) {
  const t = texts.value.why;
  const [asked, again] = useAnswer(api(`why/${encodeURIComponent(item)}`));
  const why = asked.found;
  const reasons = /** @type {Record<string, string>} */ (t.reasons);
  return html`
    <section class="card" aria-labelledby="why"><h2 id="why">${t.title}</h2>
      ${!why && html`<${Waiting} asked=${asked} again=${again} />`}
      ${why && html`
        <ul class="sentences" data-testid="assigned">${why.assigned.map((/** @type {any} */ each) => html`<li key=${each.at}><time datetime=${each.at}>${exactly(each.at)}</time> <span dir="auto">${reason(each, t.assigned)}</span></li>`)}
          ${!why.assigned.length && html`<li class="muted">${t.nobody}</li>`}</ul>
        <h3>${t.waited}</h3>
        ${!why.waited.length && html`<p class="muted">${t.didNotWait}</p>`}
        ${why.waited.length > 0 && html`
          <div class="wide"><table data-testid="waited"><thead><tr><th scope="col">${t.from}</th><th scope="col">${t.lasted}</th><th scope="col">${t.because}</th></tr></thead><tbody>
            ${why.waited.map((/** @type {any} */ each) => html`
              <tr key=${each.from}><td><time datetime=${each.from}>${exactly(each.from)}</time></td><td>${each.until ? lasting(ms(each.until) - ms(each.from)) : t.still}</td>
                <td>${each.because.length ? each.because.map((/** @type {any} */ one) => html`<span key=${one.agent} class="because"><b dir="auto">${one.agent}</b> ${reasons[one.reason] ?? one.reason}</span>`) : t.nobodyThere}</td></tr>`)}
          </tbody></table></div>`}
        ${why.more && html`<p class="muted">${t.more}</p>`}`}
    </section>`;
}

/** @param {{ item: string }} props */
export function Item({ item }) {
  const t = texts.value.chat;
  const n = Number(route.value.query.get("n")) || undefined;
  const [reveal, setReveal] = useState("");
  const [why, setWhy] = useState(false);
  const [asked, again] = useAnswer(api(`chats/${encodeURIComponent(item)}`, { n, reveal }));
  const [told] = useAnswer(api("events", { chat: item, limit: MOST }));
  const chat = asked.found;
  const events = told.found?.events ?? [];
  const choose = (/** @type {number} */ number) => stay(to(["item", item], { n: number === chat?.last_n ? undefined : number }));
  return html`
    <${Heading} title=${item} lead=${chat ? t.lead(exactly(chat.started_at)) : undefined} />
    ${!chat && !asked.missing && html`<${Waiting} asked=${asked} again=${again} />`}
    ${asked.missing && !events.length && !told.asking && html`<p class="empty card">${t.none}</p>`}
    ${chat && html`
      <section class="card" aria-label=${t.lanes}>
        <${Lanes} chat=${chat} events=${events} n=${chat.n} />
        <div class="field slide"><label for="n">${t.after(chat.n, chat.last_n)}</label>
          <input id="n" type="range" min="1" max=${chat.last_n} value=${chat.n} onInput=${(/** @type {any} */ event) => choose(Number(event.target.value))} /></div>
        <${Facts} chat=${chat} />
      </section>`}
    ${(chat || events.length > 0) && html`<${Why} item=${item} />`}
    ${chat && html`<section class="card"><${Entries} entries=${chat.events} revealed=${reveal !== ""} reveal=${() => setWhy(true)} /></section>`}
    ${events.length > 0 && html`<section class="card"><h2>${t.events}</h2><${EventList} events=${events} /></section>`}
    ${why && html`<${Reason} title=${t.revealTitle} text=${t.revealText} label=${t.revealLabel} yes=${t.reveal} no=${texts.value.cancel} answer=${(/** @type {string | null} */ reason) => (setWhy(false), reason && setReveal(reason))} />`}`;
}
