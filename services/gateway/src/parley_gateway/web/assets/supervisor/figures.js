/** The figures of a time (R37): by queue, agent or chat service, each with the items behind it, and as a file. Loaded when it is opened. */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { kindName } from "../desk/texts.js";
import { duration } from "../desk/timers.js";
import { ask } from "../shared/ask.js";
import { localeOf } from "../shared/days.js";
import { Behind, nameOf } from "./behind.js";
import { Button, useDoing } from "./doing.js";
import { language, texts } from "./language.js";

/** @typedef {{ key: string, kind?: string, from: string, until: string, [figure: string]: any }} Row */
/** @typedef {{ of: "queues" | "agents" | "services", by: string, zone: string, grouped: boolean, rows: Row[], formulas: Record<string, string>, behind: number }} Report */

const OF = /** @type {const} */ (["queues", "agents", "services"]);
const BY = /** @type {const} */ (["all", "hour", "day", "week"]);
const KINDS = /** @type {const} */ (["chat", "call", "email", "task"]);
const QUEUES = ["offered", "answered", "abandoned", "service_level", "answer_ms", "longest_answer_ms", "handle_ms", "wrap_up_ms", "interrupted", "transferred", "requeued"];
const COLUMNS = { queues: QUEUES, services: QUEUES, agents: ["handled", "pushed", "picked", "handle_ms", "wrap_up_ms", "parked_ms", "interrupted_ms", "transferred", "ready_ms", "busy_ms", "occupancy"] };
const SHARES = ["service_level", "occupancy"];

/** @type {(zone?: string) => string} today, as a field for days has it */
const today = (zone) => new Date().toLocaleDateString("sv", { timeZone: zone });

/** @param {{ of: string, from: string, until: string, by: string, kind: string, target: string }} asked */
const query = ({ from, until, by, kind, target }) => new URLSearchParams({ from, until, by, target_s: target, ...(kind && { kind }) });

/** @param {{ figure: string, row: Row, open: () => void }} props */
function Cell({ figure, row, open }) {
  const value = row[figure];
  const t = texts.value.figures;
  if (value === null || value === undefined) return html`<td class="number muted">–</td>`;
  if (figure.endsWith("_ms")) return html`<td class="number">${duration(value)}</td>`;
  if (SHARES.includes(figure)) {
    const told = value.toLocaleString(localeOf(language.value), { style: "percent", maximumFractionDigits: 1 });
    return html`<td class="number share">${told} <meter min="0" max="1" value=${value} aria-hidden="true"></meter></td>`;
  }
  if (!value) return html`<td class="number muted">0</td>`;
  return html`<td class="number"><button type="button" class="linklike" data-testid=${`figure-${figure}`} aria-label=${t.behind(value, t.columns[figure], nameOf(row.key))} onClick=${open}>${value.toLocaleString(localeOf(language.value))}</button></td>`;
}

/** @type {(row: Row, report: Report) => string} the hours and days are the company's */
function timeOf({ from }, { by, zone }) {
  return new Date(from).toLocaleString(localeOf(language.value), { timeZone: zone, dateStyle: "medium", ...(by === "hour" && { timeStyle: "short" }) });
}

/** @param {{ report: Report, target: string, open: (what: any) => void }} props */
function Table({ report, target, open }) {
  const t = texts.value.figures;
  const columns = COLUMNS[report.of];
  if (!report.rows.length) return html`<p class="empty" data-testid="no-figures">${report.grouped ? t.tooFew : t.none}</p>`;
  return html`
    <div class="scrolls" tabindex="0" role="region" aria-label=${`${t.title}: ${t.of[report.of]}`}>
      <table data-testid="figures">
        <thead><tr>
          <th scope="col">${t.of[report.of]}</th>
          ${report.of !== "agents" && html`<th scope="col">${t.kind}</th>`}
          ${report.by !== "all" && html`<th scope="col">${t.time}</th>`}
          ${columns.map((figure) => html`<th key=${figure} scope="col" class="number" title=${report.formulas[figure] ?? ""}>${t.columns[figure]}</th>`)}
        </tr></thead>
        <tbody>${report.rows.map((row) => html`
          <tr key=${`${row.key} ${row.kind} ${row.from}`} data-testid="figures-row" data-key=${row.key} data-kind=${row.kind}>
            <th scope="row"><bdi>${nameOf(row.key)}</bdi></th>
            ${report.of !== "agents" && html`<td>${kindName(/** @type {any} */ (row.kind))}</td>`}
            ${report.by !== "all" && html`<td><time datetime=${row.from}>${timeOf(row, report)}</time></td>`}
            ${columns.map((figure) => html`<${Cell} key=${figure} figure=${figure} row=${row} open=${() => open({ of: report.of, figure, row, target })} />`)}
          </tr>`)}</tbody>
      </table>
    </div>
    <details><summary>${t.formulas}</summary><dl class="formulas">${columns.filter((figure) => report.formulas[figure]).map((figure) => html`
      <div key=${figure}><dt>${t.columns[figure]}</dt><dd><code>${report.formulas[figure]}</code></dd></div>`)}</dl><p class="hint">${t.target(target)} ${t.zone(report.zone)}</p></details>`;
}

/** @param {{ name: string, label: string, value: string, options: [string, string][], set: (value: string) => void }} props */
const Choice = ({ name, label, value, options, set }) => html`
  <label>${label}<select data-testid=${`figures-${name}`} value=${value} onChange=${(/** @type {any} */ { target }) => set(target.value)}>${options.map(([key, told]) => html`<option key=${key} value=${key}>${told}</option>`)}</select></label>`;

/** The same as a file, which a spreadsheet opens. @param {any} asked */
async function download(asked) {
  const answer = await fetch(`/v1/reports/${asked.of}?${query(asked)}`, { headers: { accept: "text/csv" } });
  if (!answer.ok) throw Object.assign(new Error(), { code: "unavailable" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = `parley-${asked.of}-${asked.from}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function Figures() {
  const t = texts.value.figures;
  const [asked, setAsked] = useState({ of: /** @type {typeof OF[number]} */ ("queues"), from: today(), until: today(), by: "all", kind: "", target: "20" });
  const [report, setReport] = useState(/** @type {Report | null} */ (null));
  const [open, setOpen] = useState(/** @type {any} */ (null));
  const [{ busy, why }, begin] = useDoing();
  const [saving, save] = useDoing();
  const set = (/** @type {string} */ name) => (/** @type {string} */ value) => setAsked((before) => ({ ...before, [name]: value }));
  const show = () => begin(async () => {
    setOpen(null);
    setReport(await ask("GET", `/v1/reports/${asked.of}?${query(asked)}`));
  });
  useEffect(() => void show(), []);
  const day = (/** @type {"from" | "until"} */ name) => html`
    <label>${t[name]}<input type="date" required data-testid=${`figures-${name}`} value=${asked[name]} onInput=${(/** @type {any} */ { target }) => set(name)(target.value)} /></label>`;
  return html`
    <section class="panel figures" aria-labelledby="figures-title">
      <h2 id="figures-title" tabindex="-1">${t.title}</h2>
      <form class="asked" onSubmit=${(/** @type {any} */ event) => (event.preventDefault(), show())}>
        <${Choice} name="of" label=${t.by} value=${asked.of} set=${set("of")} options=${OF.map((of) => [of, t.of[of]])} />
        ${day("from")}${day("until")}
        <${Choice} name="by" label=${t.parts} value=${asked.by} set=${set("by")} options=${BY.map((by) => [by, t.partNames[by]])} />
        <${Choice} name="kind" label=${t.kind} value=${asked.kind} set=${set("kind")} options=${[["", t.allKinds], ...KINDS.map((kind) => [kind, texts.value.queues.kinds[kind]])]} />
        <label>${t.targetS}<input type="number" min="0" max="86400" required data-testid="figures-target" value=${asked.target} onInput=${(/** @type {any} */ { target }) => set("target")(target.value)} /></label>
        <${Button} type="submit" class="primary" busy=${busy} label=${t.show} data-testid="figures-show" />
        <${Button} type="button" busy=${saving.busy} label=${t.file} data-testid="figures-file" onClick=${() => save(() => download(asked))} />
      </form>
      ${(why || saving.why) && html`<p class="problem" role="alert">${why || saving.why}</p>`}
      ${report && report.behind > 0 && html`<p class="hint" role="status">${t.notYet(report.behind)}</p>`}
      <div aria-busy=${busy}>${report && html`<${Table} report=${report} target=${asked.target} open=${setOpen} />`}</div>
      ${open && html`<${Behind} key=${`${open.of} ${open.figure} ${open.row.key} ${open.row.kind} ${open.row.from}`} what=${open} name=${nameOf(open.row.key)} close=${() => setOpen(null)} />`}
    </section>`;
}
