/** Who changed what, when (R5). */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { ask, path } from "./api.js";
import { Heading } from "./heading.js";
import { differing } from "./lists.js";
import { agents, isLogin, sentence, texts } from "./state.js";
import { exactly } from "./times.js";

/** @typedef {import("./types.js").Change} Change */

/** @type {() => Record<string, string>} the values that have a name of their own on these pages */
const words = () => ({ self: texts.value.service.self, ...Object.fromEntries(Object.entries(texts.value.agent.roles).map(([role, [name]]) => [role, name])) });

/** Of many replies those that are others now. @type {(change: import("./types.js").FieldChange) => import("./types.js").FieldChange} */
function narrowed(change) {
  if (change.field !== "replies") return change;
  const [old, now] = differing(change.old ?? [], change.new ?? []).map((/** @type {import("./types.js").CannedReply[]} */ replies) => replies.map(({ name, text }) => `${name}: ${text}`).join("\n") || null);
  return { ...change, old, new: now };
}

/** @type {(field: string, value: any) => string} a field's value in words */
const valueOf = (field, value) => (["role", "origins"].includes(field) ? [value].flat().map((each) => words()[each] ?? told(each)).join(", ") : told(value));

/** @type {(value: any) => string} a value in words */
export function told(value) {
  const t = texts.value.form;
  if (value === null || value === undefined) return t.none;
  if (typeof value === "boolean") return value ? t.yes : t.no;
  if (Array.isArray(value)) return value.map(told).join(", ");
  if (typeof value !== "object") return String(value);
  if (value.week) {
    const days = texts.value.hours.days;
    const week = Object.entries(value.week).map(([day, spans]) => `${days[/** @type {keyof typeof days} */ (day)]} ${spans.map((/** @type {string[]} */ span) => span.join("–")).join(", ")}`);
    return [value.timezone, ...week, ...(value.closed_on ?? [])].join("; ");
  }
  return Object.entries(value).map(([name, each]) => `${name} ${told(each)}`).join(", ");
}

/** @param {{ change: Change }} props */
function Fields({ change }) {
  const t = texts.value.log;
  return html`
    <dl class="pairs fields">
      ${change.fields.map(narrowed).map(({ field, old, new: now, secret }) => html`
        <div key=${field}>
          <dt>${t.fields[/** @type {keyof typeof t.fields} */ (field)] ?? field}</dt>
          <dd dir="auto">${secret
            ? html`<span class="muted">${t.secret}</span>`
            : html`${change.kind !== "added" && html`<del aria-label=${t.before}>${valueOf(field, old)}</del> `}${change.kind === "changed" && html`<span aria-hidden="true">→ </span>`}${change.kind !== "removed" && html`<ins aria-label=${t.after}>${valueOf(field, now)}</ins>`}`}</dd>
        </div>`)}
    </dl>`;
}

export function ChangesPage() {
  const t = texts.value.log;
  const [log, setLog] = useState({ changes: /** @type {Change[]} */ ([]), next: /** @type {string | null} */ (null), loaded: false, refused: "" });
  const read = async (/** @type {string | null} */ after) => {
    try {
      const { changes, next } = await ask("GET", `${path("changes")}${after ? `?after=${after}` : ""}`);
      setLog({ changes: after ? [...log.changes, ...changes] : changes, next, loaded: true, refused: "" });
    } catch (refusal) {
      if (!isLogin(refusal)) setLog({ ...log, loaded: true, refused: sentence(refusal) });
    }
  };
  useEffect(() => void read(null), []);
  const who = (/** @type {string} */ by) => (by === "system" ? t.system : agents.value[by]?.name ?? by);
  return html`
    <${Heading} title=${t.title} lead=${t.lead} />
    <p class="hint">${t.queues} <code class="mono">parley events --type QueueSet</code>, <code class="mono">--type QueueRemoved</code>.</p>
    <p class="problem" role="alert">${log.refused}</p>
    ${!log.loaded && html`<p role="status">${texts.value.loading}</p>`}
    ${log.loaded && !log.refused && !log.changes.length && html`<p class="empty card">${t.empty}</p>`}
    <ol class="log" data-testid="changes">
      ${log.changes.map((change) => html`
        <li key=${change.change} data-change=${change.change}>
          <p class="log-head">
            <strong>${t.what[change.what]}${change.name ? html` <span class="mono" dir="auto">${change.name}</span>` : ""} ${t.kinds[change.kind]}</strong>
            <span class="muted"><span dir="auto">${who(change.by)}</span>, <time datetime=${change.at}>${exactly(change.at)}</time></span>
          </p>
          <${Fields} change=${change} />
        </li>`)}
    </ol>
    ${log.next && html`<p class="after"><button type="button" onClick=${() => read(log.next)}>${t.older}</button></p>`}`;
}
