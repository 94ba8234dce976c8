/** One item in a list: who, what kind, what about, and for how long. Only what counts seconds is drawn every second. */
import { html } from "../vendor/preact-htm-signals.js";
import { Icon } from "../shared/icons.js";
import { select } from "./desk.js";
import { hasDraft } from "./drafts.js";
import { texts } from "./language.js";
import { handover, isGone, targetOf, tone, waitsSince } from "./replyclock.js";
import { logs, selected, view } from "./state.js";
import { kindName, languageName, moment, standing, timeOfDay, titleOf } from "./texts.js";
import { duration, elapsed, now } from "./timers.js";
import { writes } from "./typing.js";
import { isNew, unreadOf } from "./unread.js";

/** @typedef {import("./types.js").Item} Item */

/** @type {Record<Item["kind"], "chat" | "phone" | "mail" | "task">} */
const ICONS = { chat: "chat", call: "phone", email: "mail", task: "task" };

/** @param {{ kind: Item["kind"] }} props */
export const Kind = ({ kind }) => html`<${Icon} name=${ICONS[kind]} size=${16} /><span class="unseen">${kindName(kind)}: </span>`;

/** @param {string} queue */
export const queueName = (queue) => view.value?.queues.find((known) => known.queue === queue)?.name ?? queue;

/** @param {string} due */
export const isOver = (due) => now.value >= Date.parse(due);

/** How long the customer has waited for an answer, coloured by the target; nothing where nobody waits. @param {{ item: Item, words?: boolean }} props */
export function ReplyClock({ item, words = false }) {
  const since = waitsSince(item, logs.value[item.item]);
  if (!since) return null;
  const t = texts.value.inbox;
  const ms = now.value - Date.parse(since);
  const what = item.stage === "waiting" ? t.waitsSince : t.unansweredSince;
  return html`<span class=${`timer clock ${tone(ms, targetOf(item, view.value?.queues))}`} title=${what(timeOfDay(since))} data-testid="reply-clock">${words ? (item.stage === "waiting" ? t.waitsFor : t.unansweredFor)(duration(ms)) : duration(ms)}</span>`;
}

/** @param {{ item: Item }} props */
const Time = ({ item }) => html`
  <span class=${`timer ${item.activity === "active" ? "running" : ""}`} title=${standing(item)} data-testid="timer">${duration(elapsed(item.stage === "wrap_up" ? item.wrap_up : item.handle, now.value))}</span>`;

/** What tells this item from the others. @param {Item} item */
function more(item) {
  if (item.kind === "call" && item.stage === "conversation") return `${standing(item)}, ${queueName(item.queue)}`;
  const log = logs.value[item.item];
  const last = handover(log)?.note ?? log?.entries.findLast((entry) => entry.kind === "message")?.text ?? item.subject;
  if (last && last !== titleOf(item)) return last;
  return [kindName(item.kind), item.stage === "waiting" ? languageName(item.language) : queueName(item.queue)].filter(Boolean).join(", ");
}

/** What stands before it: that something is begun, left unanswered, or that nobody is there any more. @param {Item} item */
function marks(item) {
  const t = texts.value.inbox;
  const log = logs.value[item.item];
  return [
    isGone(log) && ["gone", t.gone],
    item.activity === "parked" && waitsSince(item, log) && ["unanswered", t.unanswered],
    item.reminded ? ["overdue", t.reminded] : item.follow_up_at && ["due", t.followUp(moment(item.follow_up_at))],
    item.due_at && [isOver(item.due_at) ? "overdue" : "due", t.due(moment(item.due_at))],
    hasDraft(item.item) && ["draft", t.draft],
    handover(log) && ["handed", t.note],
  ].filter(Boolean).slice(0, 2); // the row has a text as well
}

/** @param {{ item: Item, children?: any }} props */
export function Row({ item, children }) {
  const t = texts.value.inbox;
  const open = item.item === selected.value;
  const unread = unreadOf(item);
  return html`
    <li class=${`row ${open ? "open" : ""}`} data-testid="item" data-item=${item.item} data-kind=${item.kind} data-stage=${item.stage} data-activity=${item.activity}>
      <button class="row-main" aria-current=${open ? "true" : undefined} data-testid="item-open" onClick=${() => select(item.item)}>
        <span class="row-title">
          <${Kind} kind=${item.kind} />
          <span class="row-name" dir="auto">${titleOf(item)}</span>
          ${unread > 0 && html`<span class="unread" data-testid="unread" aria-label=${t.unread(unread)}>${unread}</span>`}
          ${!unread && isNew(item) && html`<span class="unread" data-testid="new">${t.fresh}</span>`}
        </span>
        <span class="row-more">${marks(item).map((/** @type {any} */ [id, text]) => html`<span class=${`mark ${id}`} key=${id} data-testid=${`mark-${id}`}>${text}</span> `)}<span dir="auto">${writes(item) ? t.typing : more(item)}</span></span>
      </button>
      <span class="times"><${ReplyClock} item=${item} />${item.stage !== "waiting" && html`<${Time} item=${item} />`}</span>
      ${children}
    </li>`;
}
