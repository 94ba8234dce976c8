/** Everything that happened: searched, or followed as it happens. */
import { html, useEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { Heading } from "../shared/heading.js";
import { route, stay, to } from "./route.js";
import { api, ask, exactly, isLogin, sentence, texts } from "./state.js";
import { useAnswer, Waiting } from "./asking.js";

/** @typedef {import("./lanes.js").Happening} Happening */

const FILTERS = /** @type {const} */ (["chat", "agent", "queue", "type", "trace", "contact", "from", "until"]);
const HEAD = new Set(["at", "log", "position", "tenant", "item", "n", "type", "kind", "trace", "cursor", "hidden", "contact"]);
const KEPT = 500;
const PAGE = 50;

/** @type {(value: any) => string} */
const told = (value) => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value));

/** @param {{ events: Happening[] }} props */
export const EventList = ({ events }) => html`
  <ol class="events" data-testid="events">
    ${events.map((event) => html`
      <li key=${event.log + event.position}>
        <p><time datetime=${event.at}>${exactly(event.at)}</time> <strong>${event.type}</strong> <span class="muted">${event.log} ${event.position}</span>
          ${event.item && html` <a href=${to(["item", event.item])} dir="auto">${event.item}</a>`}</p>
        <p class="facts" dir="auto">${Object.entries(event).filter(([name]) => !HEAD.has(name)).map(([name, value]) => `${name}: ${told(value)}`).join(" · ")}
          ${event.trace && html` <a href=${to(["events"], { trace: event.trace.split("-")[1] ?? event.trace })}>${texts.value.events.trace}</a>`}</p>
      </li>`)}
  </ol>`;

/** @param {{ query: Record<string, string> }} props */
function Live({ query }) {
  const t = texts.value.events;
  const [heard, setHeard] = useState(/** @type {Happening[]} */ ([]));
  const [cut, setCut] = useState(false);
  const address = api("events/live", query);
  useEffect(() => {
    const source = new EventSource(address); // comes back by itself, from where it was
    source.addEventListener("happened", (event) => setHeard((before) => [JSON.parse(/** @type {MessageEvent} */ (event).data), ...before].slice(0, KEPT)));
    source.onopen = () => setCut(false);
    source.onerror = () => setCut(true);
    return () => source.close();
  }, [address]);
  return html`
    <p role="status" class=${cut ? "problem" : "muted"}>${cut ? t.cut : t.listening}</p>
    <${EventList} events=${heard} />`;
}

export function Events() {
  const t = texts.value.events;
  const query = Object.fromEntries(FILTERS.map((name) => [name, route.value.query.get(name) ?? ""]).filter(([, value]) => value));
  const live = route.value.query.has("live");
  const path = api("events", { ...query, order: "desc", limit: PAGE });
  const [asked, again] = useAnswer(live ? null : path);
  const [more, setMore] = useState({ of: /** @type {any} */ (null), events: /** @type {Happening[]} */ ([]), next: /** @type {string | undefined} */ (undefined), refused: "" });
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const mine = more.of === asked.found ? more : { events: [], next: asked.found?.next, refused: "" };
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const said = Object.fromEntries([...new FormData(/** @type {HTMLFormElement} */ (form.current))].map(([name, value]) => [name, String(value).trim()]));
    location.hash = to(["events"], said);
  };
  const goOn = async () => {
    try {
      const page = await ask("GET", api("events", { ...query, order: "desc", limit: PAGE, after: mine.next }));
      setMore({ of: asked.found, events: [...mine.events, ...page.events], next: page.next, refused: "" });
    } catch (refusal) {
      if (!isLogin(refusal)) setMore({ of: asked.found, events: mine.events, next: mine.next, refused: sentence(refusal) });
    }
  };
  const events = [...(asked.found?.events ?? []), ...mine.events];
  const names = /** @type {Record<string, string>} */ (t.filters);
  return html`
    <${Heading} title=${t.title} lead=${t.lead} />
    <form class="filters" ref=${form} onSubmit=${submit}>
      ${FILTERS.map((name) => html`<div class="field" key=${name}><label for=${`f-${name}`}>${names[name]}</label><input id=${`f-${name}`} name=${name} value=${query[name] ?? ""} placeholder=${name === "from" || name === "until" ? "2026-01-31T09:30:00Z" : ""} autocomplete="off" spellcheck=${false} /></div>`)}
      <div class="buttons"><button class="primary">${t.search}</button>
        <button type="button" aria-pressed=${live} onClick=${() => stay(to(["events"], { ...query, live: live ? undefined : 1 }))}>${t.live}</button></div>
    </form>
    ${live ? html`<${Live} query=${query} />` : html`
      <${Waiting} asked=${asked} again=${again} empty=${asked.found && !events.length && !mine.next ? t.none : ""} />
      <${EventList} events=${events} />
      <p class="problem" role="alert">${mine.refused}</p>
      ${mine.next && html`<p class="after"><button type="button" onClick=${goOn}>${t.more}</button></p>`}`}`;
}
