/** One item in a list: who, where from, how long. Only what counts seconds is drawn every second. */
import { html } from "../vendor/preact-htm-signals.js";
import { select } from "./desk.js";
import { texts } from "./language.js";
import { logs, selected, view } from "./state.js";
import { kindName, languageName, standing, titleOf } from "./texts.js";
import { duration, elapsed, now } from "./timers.js";
import { writes } from "./typing.js";
import { isNew, unreadOf } from "./unread.js";

/** @typedef {import("./types.js").Item} Item */

/** @param {string} queue */
export const queueName = (queue) => view.value?.queues.find((known) => known.queue === queue)?.name ?? queue;

/** @param {Item} item */
function time(item) {
  if (item.stage === "waiting") return now.value - Date.parse(item.waiting_since);
  return elapsed(item.stage === "wrap_up" ? item.wrap_up : item.handle, now.value);
}

/** @param {{ item: Item }} props */
const Time = ({ item }) => html`
  <span class=${`timer ${item.activity === "active" && item.stage !== "waiting" ? "running" : ""}`} title=${standing(item)} data-testid="timer">${duration(time(item))}</span>`;

/** What tells this item from the others. @param {Item} item */
function more(item) {
  if (item.kind === "call" && item.stage === "conversation") return `${standing(item)}, ${queueName(item.queue)}`;
  const last = logs.value[item.item]?.entries.findLast((entry) => entry.kind === "message");
  if (last) return last.text;
  if (item.name && item.subject) return item.subject;
  return [kindName(item.kind), item.stage === "waiting" ? languageName(item.language) : queueName(item.queue)].filter(Boolean).join(", ");
}

/** @param {{ item: Item, children?: any }} props */
export function Row({ item, children }) {
  const t = texts.value.inbox;
  const open = item.item === selected.value;
  const unread = unreadOf(item);
  return html`
    <li class=${`row ${open ? "open" : ""}`} data-testid="item" data-item=${item.item} data-stage=${item.stage} data-activity=${item.activity}>
      <button class="row-main" aria-current=${open ? "true" : undefined} data-testid="item-open" onClick=${() => select(item.item)}>
        <span class="row-title">
          <span class="row-name" dir="auto">${titleOf(item)}</span>
          ${unread > 0 && html`<span class="unread" data-testid="unread" aria-label=${t.unread(unread)}>${unread}</span>`}
          ${!unread && isNew(item) && html`<span class="unread" data-testid="new">${t.fresh}</span>`}
        </span>
        <span class="row-more" dir="auto">${writes(item) ? t.typing : more(item)}</span>
      </button>
      <${Time} item=${item} />
      ${children}
    </li>`;
}
