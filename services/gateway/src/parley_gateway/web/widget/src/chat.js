/** The course of a chat: how it begins, what other tabs do to it, how the next one begins. */
import { newId } from "./ask.js";
import { showForms, showStatus } from "./forms.js";
import { begun, forgetChat, outbox, recall } from "./keep.js";
import { showBadge } from "./launcher.js";
import * as line from "./line.js";
import { clearLog, dropPending, showMessage, showNotice, showPending } from "./log.js";
import { agree, input, panel, rating, title } from "./screen.js";
import { askService } from "./service.js";
import * as talk from "./talk.js";
import { fill, textOf, texts } from "./texts.js";
import { typed, write } from "./writing.js";

/** @typedef {import("./talk.js").Answer} Answer */

const FORGET_AFTER = 600_000; // a chat that ended
const READ_AFTER = 300;

let unread = 0;
/** @type {number | undefined} */
let reading;

/** The visitor has the chat before their eyes. */
export function seen() {
  unread = 0;
  showBadge("", texts.open);
}

/** A message came that they have not. */
export const missed = () => showBadge(`${++unread}`, `${texts.open}, ${unread > 1 ? fill(texts.news, unread) : texts.new}`);

/** Nothing has been said yet. */
export function reset() {
  line.close();
  talk.reset();
  unread = 0;
  clearLog();
  agree.checked = false;
  rating.reset();
  showForms(true);
  typed();
}

/** Goes on with the chat that there is, or offers one. */
export async function begin() {
  if (/** @type {number} */ (recall().over) < Date.now() - FORGET_AFTER) forgetChat();
  if (begun()) {
    talk.begin(recall().chat);
    for (const frame of outbox()) if (talk.post(frame)) showPending(frame.id, frame.text ?? "");
    showForms(true);
    line.open();
  }
  showStatus(texts.connecting);
  const found = await askService();
  if (found.name) title.textContent = found.name;
  if (talk.chat || talk.pending.size) return;
  if (!found.available) return refuse(found.reason || found.code, found.leave_message);
  showForms(true);
  showStatus("");
  showMessage("agent", found.greeting || texts.greeting, "");
}

/** @type {(code?: string, leave?: boolean) => void} `leave`: a message can be left */
function refuse(code, leave) {
  showStatus("");
  showNotice((textOf(code) || texts.unavailable) + (leave ? ` ${texts.leave}` : ""));
  showForms(leave, texts.retry, leave);
}

export function startAgain() {
  if (talk.chat && !talk.over) { // nobody is there: a message is left instead
    line.send({ type: "end", id: newId() });
    return giveUp({ code: "no_agents", leave_message: true });
  }
  forgetChat();
  reset();
  begin();
  input.focus();
}

/** The chat was refused, or is not known any more: what was not sent goes back into the box. @param {Partial<Answer>} why */
export function giveUp({ code, leave_message }) {
  const unsent = outbox().map((frame) => frame.text);
  forgetChat();
  reset();
  if (code) refuse(code, leave_message);
  else begin();
  write(unsent.join("\n").trim());
}

/** Another tab started a chat, or delivered what both had. */
export function otherTab() {
  const kept = recall();
  if (kept.chat && kept.chat !== talk.chat) {
    reset();
    begin();
  } else talk.elsewhere(outbox()).forEach(dropPending);
}

/** The agent is told up to where the visitor has read. */
export function tellRead() {
  clearTimeout(reading);
  reading = setTimeout(() => {
    if (talk.ready && talk.last && !panel.hidden && !document.hidden) line.send({ type: "read", seq: talk.last });
  }, READ_AFTER);
}
