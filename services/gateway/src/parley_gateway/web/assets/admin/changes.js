/** Who changed what, when (R5). */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { ask, path } from "./api.js";
import { Heading } from "../shared/heading.js";
import { differing } from "./lists.js";
import { agents, isLogin, sentence, texts } from "./state.js";
import { exactly } from "./times.js";

/** @typedef {import("./types.js").Change} Change */

/** @type {(named: Record<string, string[]>) => Record<string, string>} the names alone */
const names = (named) => Object.fromEntries(Object.entries(named).map(([value, [name]]) => [value, name]));

/** @type {() => Record<string, Record<string, string>>} by field, the values that have a name of their own on these pages */
const words = () => {
  const { agent, kinds, queue: q, service } = texts.value;
  return {
    role: names(agent.roles), origins: { self: service.self }, distribution: { push: q.push, pick: q.pick }, interrupts: kinds, interruptible: kinds,
    "routing.order": names(q.orders), "routing.agent": names(q.agentPolicies), "routing.interrupt": names(q.interruptPolicies),
  };
};

/** @type {() => Record<string, string>} what a queue's settings are called where they are set */
const ofQueue = () => {
  const q = texts.value.queue;
  const wrapUp = (/** @type {string} */ what) => `${q.wrapUp}: ${what}`;
  return {
    distribution: q.distribution, chats_per_agent: q.chatsPerAgent, max_length: q.maxLength, wait_without_agents: q.waitWithoutAgents, agents: q.agents,
    interrupts: q.interrupts, interruptible: q.interruptible, ring_s: `${q.ring} (s)`, reply_target_s: `${q.replyTarget} (s)`, mail_reply_target_s: `${q.mailReplyTarget} (s)`,
    "wrap_up.on": q.wrapUp, "wrap_up.limit_s": wrapUp(`${q.wrapUpLimit} (s)`), "wrap_up.extension_s": wrapUp(`${q.wrapUpExtension} (s)`),
    "wrap_up.extensions": wrapUp(q.wrapUpExtensions), "wrap_up.calls": q.wrapUpCalls,
    "routing.order": q.order, "routing.points_per_minute": q.pointsPerMinute, "routing.agent": q.agent,
    "routing.relax_after_s": `${q.relaxAfter} (s)`, "routing.interrupt": q.interrupt,
  };
};

/** Of many replies those that are others now. @type {(change: import("./types.js").FieldChange) => import("./types.js").FieldChange} */
function narrowed(change) {
  if (change.field !== "replies") return change;
  const [old, now] = differing(change.old ?? [], change.new ?? []).map((/** @type {import("./types.js").CannedReply[]} */ replies) => replies.map(({ name, text }) => `${name}: ${text}`).join("\n") || null);
  return { ...change, old, new: now };
}

/** @type {(field: string, value: any) => string} a field's value in words */
function valueOf(field, value) {
  const named = words()[field];
  return named ? [value].flat().map((each) => named[each] ?? told(each)).join(", ") : told(value);
}

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
  const called = { ...t.fields, ...ofQueue() };
  return html`
    <dl class="pairs fields">
      ${change.fields.map(narrowed).map(({ field, old, new: now, secret }) => html`
        <div key=${field}>
          <dt>${called[/** @type {keyof typeof called} */ (field)] ?? field}</dt>
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
