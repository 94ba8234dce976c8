/** R26, R35: past conversations: what one closed last, or whatever is looked for; and one of them, whole, to be read. */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { Icon } from "../shared/icons.js";
import { byHand } from "../shared/keyboard.js";
import { interaction, pastConversations } from "./contacts.js";
import { compose, showPast } from "./desk.js";
import { factsOf, History, Transcript } from "./history.js";
import { texts } from "./language.js";
import { Kind, queueName } from "./row.js";
import { moment, sentence, titleOf } from "./texts.js";

const PAUSE = 300;

/** @typedef {{ items: any[], next?: string, own: boolean }} Found `own`: nothing was looked for, these are what one closed last */

/** A line with the words in it that were looked for; their places are in characters, whatever these are made of. @param {{ text: string, hits: [number, number][] }} props */
function Line({ text, hits }) {
  const characters = [...text];
  const piece = (/** @type {number} */ from, /** @type {number} */ to) => characters.slice(from, to).join("");
  return html`${hits.map(([from, to], index) => html`${piece(index ? hits[index - 1][1] : 0, from)}<mark key=${index}>${piece(from, to)}</mark>`)}${piece(hits.at(-1)?.[1] ?? 0, characters.length)}`;
}

/** @param {{ hit: any, own: boolean, open: () => void }} props */
function Hit({ hit, own, open }) {
  const at = own ? hit.closed_at : hit.started_at;
  return html`
    <li class="row" data-testid="past-hit" data-item=${hit.item} data-kind=${hit.kind}>
      <button class="row-main" onClick=${open}>
        <span class="row-title"><${Kind} kind=${hit.kind} /><span class="row-name" dir="auto">${titleOf(hit)}</span></span>
        <span class="row-more"><time datetime=${at}>${moment(at)}</time>, ${queueName(hit.queue)}${hit.subject && hit.subject !== titleOf(hit) && html`, <bdi>${hit.subject}</bdi>`}</span>
        ${hit.text && html`<span class="row-more" dir="auto" data-testid="past-text"><${Line} text=${hit.text} hits=${hit.hits} /></span>`}
      </button>
    </li>`;
}

/** One conversation, to be read. @param {{ hit: any, back: () => void }} props */
function Opened({ hit, back }) {
  const t = texts.value.past;
  const [past, setPast] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState("");
  const [others, setOthers] = useState(false);
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  const name = titleOf(hit);
  const load = () => interaction(hit.item).then((found) => (setPast(found), setProblem("")), (refusal) => setProblem(sentence(refusal)));
  const write = () => (showPast(false), compose(hit.item));
  useLayoutEffect(() => void heading.current?.focus(), []);
  useEffect(() => void load(), []);
  return html`
    <div><button class="quiet small" data-testid="past-back" onClick=${back}><${Icon} name="back" /> ${t.back}</button></div>
    <article aria-labelledby="past-opened" data-testid="past-opened" data-item=${hit.item}>
      <h3 id="past-opened" ref=${heading} tabindex="-1" class="who-is-it"><${Kind} kind=${hit.kind} /> <bdi>${name}</bdi></h3>
      <p class="muted"><time datetime=${hit.started_at}>${moment(hit.started_at)}</time>${past && `, ${factsOf(past)}`}</p>
      ${hit.subject && hit.subject !== name && html`<p dir="auto">${hit.subject}</p>`}
      <div class="acts">${past?.stage === "closed" && !past.withheld && html`<button class="small" data-testid="past-write" onClick=${write}>${texts.value.customer.write}</button>`}</div>
      ${problem && html`<p class="problem" role="alert">${problem} <button class="small" onClick=${load}>${texts.value.talk.again}</button></p>`}
      ${past && html`<${Transcript} past=${past} customer=${hit.contact_name ?? hit.name ?? texts.value.visitor} />`}
    </article>
    ${hit.contact && html`<div><button class="small" aria-expanded=${others} data-testid="past-others" onClick=${() => setOthers(!others)}>${t.others}</button></div>`}
    ${others && html`<${History} contact=${{ contact: hit.contact, name }} without=${hit.item} id="past-others" />`}`;
}

/** The newest answer to what is in the box. @param {string} query @param {boolean} mine */
function useFound(query, mine) {
  const [found, setFound] = useState(/** @type {Found | null} */ (null));
  const [problem, setProblem] = useState("");
  const asked = useRef(0);
  const own = !query.trim();
  const typed = own || /[\p{L}\p{N}]/u.test(query);
  /** @type {(after?: string) => Promise<void>} */
  const look = async (after) => {
    const number = ++asked.current;
    try {
      const page = await pastConversations(query.trim(), mine || own, after);
      if (number !== asked.current) return;
      setFound((/** @type {Found | null} */ old) => ({ ...page, own, items: [...(after && old ? old.items : []), ...page.items] }));
      setProblem("");
    } catch (refusal) {
      if (number === asked.current) setProblem(sentence(/** @type {any} */ (refusal)));
    }
  };
  useEffect(() => {
    asked.current += 1; // what is still on its way answers something else
    if (!typed) return void setFound(null);
    const wait = setTimeout(look, PAUSE);
    return () => clearTimeout(wait);
  }, [query, own || mine]);
  return { found, problem, typed, look };
}

/** What there is to say of what was found, and what to do where that is nothing. @type {(found: Found | null, typed: boolean, mine: boolean) => string} */
function told(found, typed, mine) {
  const t = texts.value.past;
  if (!typed) return t.noWord;
  if (!found) return "";
  if (found.items.length) return [t.count(found.items.length, !!found.next), found.own && !mine && t.typeForAll].filter(Boolean).join(". ");
  return found.own ? t.nothingYet : mine ? t.noneMine : t.none;
}

export function PastConversations() {
  const t = texts.value.past;
  const [query, setQuery] = useState("");
  const [mine, setMine] = useState(true);
  const [opened, setOpened] = useState(/** @type {any} */ (null));
  const panel = useRef(/** @type {HTMLElement | null} */ (null));
  const last = useRef(/** @type {string | null} */ (null));
  const { found, problem, typed, look } = useFound(query, mine);
  useLayoutEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const there = panel.current;
    there?.querySelector("input")?.focus();
    return () => void (there?.contains(document.activeElement) && before?.focus());
  }, []);
  useLayoutEffect(() => {
    if (!opened && last.current) /** @type {HTMLElement | null} */ (panel.current?.querySelector(`[data-item="${CSS.escape(last.current)}"] button`))?.focus();
    last.current = opened?.item ?? null;
  }, [opened]);
  const back = () => setOpened(null);
  const escape = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    if (opened) back();
    else showPast(false);
  };
  return html`
    <section class="past-panel" ref=${panel} aria-labelledby="past-title" data-testid="past-panel" onKeyDown=${byHand(escape)}>
      <div class="line"><h2 id="past-title">${t.title}</h2><span class="gap"></span>
        <button class="quiet small" aria-label=${t.close} data-testid="past-close" onClick=${() => showPast(false)}><${Icon} name="remove" /></button></div>
      ${opened ? html`<${Opened} key=${opened.item} hit=${opened} back=${back} />` : html`
        <form role="search" aria-label=${t.title} onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), typed && look())}>
          <label>${t.box} <input type="search" value=${query} placeholder=${t.hint} maxlength="200" autocomplete="off" dir="auto" data-testid="past-search"
            onInput=${(/** @type {any} */ event) => setQuery(event.target.value)} /></label>
          <div class="tabs" role="group" aria-label=${t.whose}>
            <button type="button" aria-pressed=${mine} data-testid="past-mine" onClick=${() => setMine(true)}>${t.mine}</button>
            <button type="button" aria-pressed=${!mine} data-testid="past-all" onClick=${() => setMine(false)}>${t.all}</button>
          </div>
        </form>
        ${problem && html`<p class="problem" role="alert">${problem} <button class="small" onClick=${() => look()}>${texts.value.talk.again}</button></p>`}
        <p class="muted" role="status" data-testid="past-told">${told(found, typed, mine)}</p>
        ${found && typed && !found.own && !found.items.length && mine && html`<div><button class="small" data-testid="past-look-in-all" onClick=${() => setMine(false)}>${t.lookInAll}</button></div>`}
        ${found && typed && found.items.length > 0 && html`
          <h3 id="past-found">${found.own ? t.last : t.found}</h3>
          <ul aria-labelledby="past-found">${found.items.map((hit) => html`<${Hit} key=${hit.item} hit=${hit} own=${found.own} open=${() => setOpened(hit)} />`)}</ul>
          ${found.next && html`<div><button class="small" data-testid="past-more" onClick=${() => look(found.next)}>${texts.value.customer.more}</button></div>`}`}`}
    </section>`;
}
