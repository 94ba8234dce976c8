/** Sentences of the desk. */

/** @type {Object<string, string>} */
const refusals = {
  bad_frame: "The server did not understand that. Reload the page and try again.",
  bad_request: "The server did not understand that. Reload the page and try again.",
  unauthorized: "Please log in again.",
  forbidden: "You are not allowed to do that.",
  not_found: "This is not there any more.",
  conflict: "Somebody else changed this at the same time. Look again.",
  already_taken: "Another agent was first.",
  not_yours: "This is not in your inbox any more.",
  wrong_state: "That is not possible at this point.",
  too_long: "That is too long: a text has at most 4,000 characters.",
  rate_limited: "That was too fast. Wait a moment and try again.",
  licence_required: "The licence for web chat is missing or has expired.",
  unavailable: "The server cannot be reached. Try again in a moment.",
};

/** @type {(refusal: { code?: string, message?: string }) => string} */
export const sentence = ({ code, message }) =>
  message || refusals[code ?? ""] || "That did not work. Try again.";

/** @type {Object<string, string>} */
const endedBy = { visitor: "The visitor ended the chat", agent: "The agent ended the chat", absence: "The chat ended: the visitor was away too long", system: "The chat was ended by the system" };

/** @type {(entry: import("./types.js").Entry) => string | null} one line of the log; null for what needs no line */
export function line(entry) {
  switch (entry.kind) {
    case "requested": return "Chat requested";
    case "assigned": return `Assigned to ${entry.name ?? "an agent"}`;
    case "joined": return `${entry.name} joined`;
    case "paused": return entry.reason === "call" ? "Interrupted by a call" : "Parked";
    case "resumed": return "Resumed";
    case "requeued": return "Back in the queue";
    case "transferred": return entry.note ? `Transferred: ${entry.note}` : "Transferred";
    case "wrap_up_started": return "Wrap-up started";
    case "classified": return entry.code ? `Classified as ${entry.code}` : "Classified";
    case "identified": return entry.contact ? "Customer identified" : "Customer not identified any more";
    case "closed": return "Closed";
    case "visitor_lost": return "The visitor’s connection is lost";
    case "visitor_returned": return "The visitor is back";
    case "ended": return endedBy[entry.by ?? ""] ?? "The chat ended";
    default: return null;
  }
}

/** @type {Object<string, string>} */
export const kindName = { chat: "Chat", call: "Call", email: "E-mail", task: "Task" };

/** @type {(item: import("./types.js").Item) => string} */
export const titleOf = (item) => item.name || item.subject || (item.kind === "chat" ? "Visitor" : kindName[item.kind]);

/** @type {(item: import("./types.js").Item) => string} where the item stands, in words */
export function standing(item) {
  if (item.stage === "waiting") return "Waiting";
  const wrapUp = item.stage === "wrap_up";
  if (item.activity === "interrupted") return wrapUp ? "Wrap-up, interrupted by a call" : "Interrupted by a call";
  if (item.activity === "parked") return wrapUp ? "Wrap-up, parked" : "Parked";
  if (item.kind === "call" && !wrapUp) return item.answered ? "On the telephone" : "Ringing";
  return wrapUp ? "Wrap-up" : "Active";
}

/** @type {(item: import("./types.js").Item, inbox: import("./types.js").Item[]) => string | null} why it stands still, and until when */
export function heldBy(item, inbox) {
  if (item.activity !== "interrupted") return null;
  const call = inbox.find((other) => other.item === item.interrupted_by);
  const whose = call?.name ? `the call from ${call.name}` : "a call";
  return `Interrupted by ${whose}. It is back by itself when the call is over.`;
}

/** @type {(code: string | undefined) => string | undefined} "de" -> "German" */
export function languageName(code) {
  try {
    return code && new Intl.DisplayNames(["en"], { type: "language" }).of(code);
  } catch {
    return code;
  }
}
