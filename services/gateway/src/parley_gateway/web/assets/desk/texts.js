/** Sentences about what stands on the desk, in its language. */
import { dayName, dayOf, localeOf, stampOf } from "../shared/days.js";
import { language, texts } from "./language.js";
import { setup } from "./setup.js";
import { today } from "./timers.js";

/** @typedef {import("./types.js").Item} Item */

/**
 * Why it was refused, in the desk's language where the server names the reason. Else its own sentence says more, in English: in another
 * language it follows only where ours does not say what is wrong.
 * @type {(refusal: { code?: string, message?: string, frame?: { why?: string, name?: string } }) => string}
 */
export function sentence({ code = "", message, frame = {} }) {
  const t = texts.peek();
  const because = t.reasons[frame.why ?? ""];
  if (because) return because(frame.name ?? "");
  const ours = t.refusals[code] ?? t.failed;
  if (language.peek() === "en") return message || ours;
  return code === "bad_request" && message ? `${ours} (${message})` : ours;
}

/** @type {(entry: import("./types.js").Entry) => string | null} one line of the log; null for what needs no line */
export function line(entry) {
  const t = texts.value.log;
  switch (entry.kind) {
    case "requested": return [t.requested, ...dropped(entry.dropped)].join(" · ");
    case "assigned": return t.assigned(entry.name);
    case "joined": return t.joined(entry.name);
    case "paused": return entry.reason === "call" ? t.interrupted : t.parked;
    case "resumed": return t.resumed;
    case "requeued": return t.requeued;
    case "transferred": return t.transferred;
    case "wrap_up_started": return t.wrapUpStarted;
    case "classified": return entry.code ? t.classifiedAs(entry.code) : t.classified;
    case "identified": return entry.contact ? t.identified : t.unidentified;
    case "closed": return t.closed;
    case "visitor_lost": return t.visitorLost;
    case "visitor_returned": return t.visitorBack;
    case "rated": return [t.rated(entry.score ?? 0), entry.comment].filter(Boolean).join(": ");
    case "ended": return t.endedBy[entry.by ?? ""] ?? t.ended;
    default: return null;
  }
}

/** @param {Record<string, string>} [fields] @returns {string[]} what of them could not be taken as it was said, and why */
function dropped(fields = {}) {
  const t = texts.value.log;
  const all = Object.entries(fields).map(([field, why]) => `${t.said[field.replace("identity.", "")] ?? field}: ${t.notTaken[why] ?? why}`);
  return all.length ? [t.dropped(all.join(", "))] : [];
}

/** @type {(kind: Item["kind"]) => string} */
export const kindName = (kind) => texts.value.kinds[kind];

/** @type {(agent?: string) => string} by their name, where it is known */
export const agentName = (agent) => setup.value.agents.find((each) => each.agent === agent)?.name ?? agent ?? texts.value.talk.anAgent;

/** @type {(item: Item) => string | undefined} who it is: the customer, once identified (R24), else as they call themselves, or their number */
export const nameOf = (item) => item.contact_name || item.name;

/** @type {(item: Item) => string} */
export const titleOf = (item) => nameOf(item) || (item.kind !== "chat" && item.subject) || (item.kind === "chat" ? texts.value.visitor : kindName(item.kind));

/** @type {(item: Item) => string} where the item stands, in words */
export function standing(item) {
  const t = texts.value.standing;
  if (item.stage === "waiting") return t.waiting;
  const wrapUp = item.stage === "wrap_up";
  if (item.activity === "interrupted") return wrapUp ? t.wrapUpInterrupted : t.interrupted;
  if (item.activity === "parked") return wrapUp ? t.wrapUpParked : t.parked;
  if (item.kind === "call" && !wrapUp) return item.answered ? t.telephone : t.ringing;
  return wrapUp ? t.wrapUp : t.active;
}

/** @type {(item: Item, inbox: Item[]) => string | null} why it stands still, and until when */
export function heldBy(item, inbox) {
  if (item.activity !== "interrupted") return null;
  const t = texts.value.call;
  const call = inbox.find((other) => other.item === item.interrupted_by);
  const from = call && nameOf(call);
  if (item.stage === "wrap_up") return from ? t.wrapUpHeldBy(from) : t.wrapUpHeld;
  return from ? t.heldBy(from) : t.held;
}

const locale = () => localeOf(language.value);

/** @type {(at: string) => string} the time of day, in the agent's own zone */
export const timeOfDay = (at) => stampOf(at, locale());

/** @type {(at: string) => string} the time of day, and the day where that is not today */
export const moment = (at) => stampOf(at, locale(), dayOf(at) === today.value ? undefined : "medium");

/** @type {(at: string) => string} "Today", "Yesterday", or the date */
export const dayTitle = (at) => dayName(at, today.value, locale());

/** @param {string} at */
export const day = (at) => new Date(at).toLocaleDateString(locale(), { dateStyle: "medium" });

/** @type {(code: string | undefined) => string | undefined} "de" -> "German" */
export function languageName(code) {
  try {
    return code && new Intl.DisplayNames([language.value], { type: "language" }).of(code);
  } catch {
    return code;
  }
}

/** @type {(bytes: number) => string} */
export const sizeOf = (bytes) => {
  const [unit, one] = /** @type {[string, number]} */ (bytes < 1e3 ? ["byte", 1] : bytes < 1e6 ? ["kilobyte", 1e3] : ["megabyte", 1e6]);
  return (bytes / one).toLocaleString(localeOf(language.peek()), { style: "unit", unit, maximumFractionDigits: 1 });
};
