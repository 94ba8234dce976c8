/** One item as it stands in an opened row: what it is, where it stands, for how long, and what can be done to it. */
import { html } from "../vendor/preact-htm-signals.js";
import { TARGET_S, targetOf, tone } from "../desk/replyclock.js";
import { languageName, kindName, moment, standing, titleOf } from "../desk/texts.js";
import { duration, elapsed, now } from "../desk/timers.js";
import { Icon } from "../shared/icons.js";
import { ask, tick } from "./floor.js";
import { texts } from "./language.js";
import { floor, ticked } from "./state.js";

/** @typedef {import("./types.js").Item} Item */

/** @type {Record<Item["kind"], "chat" | "phone" | "mail" | "task">} */
const ICONS = { chat: "chat", call: "phone", email: "mail", task: "task" };
export const KINDS = /** @type {Item["kind"][]} */ (Object.keys(ICONS));

/** @param {{ kind: Item["kind"], children?: any }} props */
export const Kind = ({ kind, children }) => html`<${Icon} name=${ICONS[kind]} size=${16} /><span class="unseen">${children ?? `${kindName(kind)}: `}</span>`;

/** @type {(item: Item, at: number) => "" | "soon" | "late"} has it waited longer than it should? A task waits until it is due. */
export function lateness(item, at) {
  if (item.kind === "task") return item.due_at && at >= Date.parse(item.due_at) ? "late" : "";
  return tone(at - Date.parse(item.waiting_since), targetOf(item, floor.value?.queues) ?? TARGET_S);
}

/** How long it waits; that it is too long stands there in words. @param {{ item: Item }} props */
function Wait({ item }) {
  const t = texts.value.item;
  const late = lateness(item, now.value);
  const word = item.kind === "task" ? t.overdue : late === "late" ? t.farOver : t.over;
  return html`<span class=${`timer clock ${late}`} data-testid="wait">${duration(now.value - Date.parse(item.waiting_since))}</span>${late && html` <span class="mark overdue" data-testid="over-target">${word}</span>`}`;
}

/** @param {{ item: Item }} props */
const Handle = ({ item }) => html`<span class="timer" data-testid="handle">${duration(elapsed(item.stage === "wrap_up" ? item.wrap_up : item.handle, now.value))}</span>`;

/** @param {{ item: Item }} props whose it is, in words */
function State({ item }) {
  const kind = item.activity && item.activity !== "active" ? item.activity : item.stage === "wrap_up" ? "wrap_up" : "active";
  return html`<span class=${`chip ${kind}`} data-testid="standing">${standing(item)}</span>`;
}

/** @type {(item: Item) => string} what tells it from the others */
const about = (item) => [item.subject !== titleOf(item) && item.subject, item.stage === "waiting" && languageName(item.language), item.due_at && texts.value.item.due(moment(item.due_at))].filter(Boolean).join(", ");

/** A button that asks how first. @param {{ act: "watch" | "take_over" | "assign" | "move", item: Item }} props */
const Act = ({ act, item }) => html`
  <button type="button" class="small" data-testid=${act} aria-label=${`${texts.value.act[act].button}: ${titleOf(item)}`} onClick=${() => ask({ act, items: [item] })}>${texts.value.act[act].button}</button>`;

/** @type {(item: Item) => boolean} can it be watched, by somebody whose it is not? */
export const watchable = (item) => item.kind === "chat" && item.stage === "conversation" && item.owner !== floor.value?.agent.id;

/** @param {{ item: Item }} props */
export function Entry({ item }) {
  const t = texts.value.item;
  const waits = item.stage === "waiting";
  const mine = item.owner === floor.value?.agent.id;
  const title = titleOf(item);
  return html`
    <li class="entry" data-testid="item" data-item=${item.item} data-kind=${item.kind}>
      ${waits && html`<input type="checkbox" aria-label=${t.tick(title)} checked=${ticked.value.has(item.item)} onChange=${(/** @type {any} */ event) => tick(item.item, event.target.checked)} data-testid="tick" />`}
      <span class="entry-what"><span class="entry-name" title=${title}><${Kind} kind=${item.kind} /> <bdi>${title}</bdi></span> ${!waits && html`<${State} item=${item} /> `}<span class="muted" dir="auto" title=${about(item)}>${about(item)}</span></span>
      <span class="entry-time">${waits ? html`<${Wait} item=${item} />` : html`<${Handle} item=${item} />`}</span>
      <span class="entry-acts">
        ${watchable(item) && html`<${Act} act="watch" item=${item} />`}
        ${!mine && html`<${Act} act="take_over" item=${item} />`}
        <${Act} act="assign" item=${item} />
        <${Act} act="move" item=${item} />
      </span>
    </li>`;
}
