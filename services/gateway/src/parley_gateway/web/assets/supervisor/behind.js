/** The items behind a figure, a page at a time; one opens to what was said in it, and why it went to whom it went. */
import { html, useEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { kindName, moment } from "../desk/texts.js";
import { ask } from "../shared/ask.js";
import { useDoing } from "./doing.js";
import { texts } from "./language.js";
import { floor } from "./state.js";

/** @typedef {{ item: string, kind: string, queue: string, agent?: string | null, began: string }} Item */

/** @type {(key: string) => string} a queue or an agent as people call it */
export function nameOf(key) {
  const { agents = [], queues = [] } = floor.peek() ?? {};
  return queues.find(({ queue }) => queue === key)?.name ?? agents.find(({ id }) => id === key)?.name ?? (key === "*" ? texts.peek().figures.everybody : key);
}

/** @param {{ item: Item }} props */
function Said({ item }) {
  const t = texts.value.figures;
  const [found, setFound] = useState(/** @type {{ record: any, why: any } | null} */ (null));
  const [{ why: refused }, begin] = useDoing();
  useEffect(() => void begin(async () => {
    const [record, why] = await Promise.all([ask("GET", `/v1/interactions/${item.item}`), ask("GET", `/v1/supervisor/why/${item.item}`).catch(() => null)]);
    setFound({ record, why });
  }), []);
  if (refused) return html`<p class="problem" role="alert">${refused}</p>`;
  if (!found) return html`<p role="status">${texts.value.underWay}</p>`;
  const { record, why } = found;
  return html`
    ${why && html`<ul class="steps" aria-label=${t.why}>${why.assigned.map((/** @type {any} */ step) => html`<li key=${step.at}><time datetime=${step.at}>${moment(step.at)}</time> <bdi>${nameOf(step.agent)}</bdi> · ${t.hows[step.how] ?? step.how}</li>`)}</ul>`}
    ${!record.transcript?.length && html`<p class="empty">${t.nothingSaid}</p>`}
    <ol class="lines">${(record.transcript ?? []).map((/** @type {any} */ line, /** @type {number} */ index) => html`
      <li key=${index} class=${line.author}><b><bdi>${line.name || t.authors[line.author] || line.author}</bdi></b> <bdi>${line.text}</bdi></li>`)}</ol>`;
}

/** @param {{ item: Item }} props */
function Row({ item }) {
  const [open, setOpen] = useState(false);
  return html`
    <li data-testid="behind" data-item=${item.item}>
      <button type="button" class="opener" aria-expanded=${open} onClick=${() => setOpen(!open)}><time datetime=${item.began}>${moment(item.began)}</time> · ${kindName(/** @type {any} */ (item.kind))} · <bdi>${nameOf(item.queue)}</bdi>${item.agent && html` · <bdi>${nameOf(item.agent)}</bdi>`}</button>
      ${open && html`<${Said} item=${item} />`}
    </li>`;
}

/** @param {{ what: { of: string, figure: string, row: any, target: string }, name: string, close: () => void }} props */
export function Behind({ what, name, close }) {
  const t = texts.value.figures;
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  const [page, setPage] = useState({ items: /** @type {Item[]} */ ([]), next: "" });
  const [{ busy, why }, begin] = useDoing();
  const more = () => begin(async () => {
    const { of, figure, row, target } = what;
    const said = new URLSearchParams({ figure, key: row.key, from: row.from, until: row.until, target_s: target, ...(row.kind && { kind: row.kind }), ...(page.next && { after: page.next }) });
    const found = await ask("GET", `/v1/reports/${of}/items?${said}`);
    setPage({ items: [...page.items, ...found.items], next: found.next ?? "" });
  });
  useEffect(() => {
    title.current?.focus();
    more();
  }, []);
  return html`
    <section class="behind" aria-labelledby="behind-title">
      <header><h3 id="behind-title" tabindex="-1" ref=${title}>${t.behindTitle(t.columns[what.figure], name)}</h3><button type="button" class="quiet small" data-testid="behind-close" onClick=${close}>${t.close}</button></header>
      ${why && html`<p class="problem" role="alert">${why}</p>`}
      <ul class="items" aria-busy=${busy}>${page.items.map((item, index) => html`<${Row} key=${index} item=${item} />`)}</ul>
      ${page.next && html`<button type="button" class="quiet small" onClick=${more}>${t.more}</button>`}
    </section>`;
}
