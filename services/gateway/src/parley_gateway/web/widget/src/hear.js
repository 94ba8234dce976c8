/** What the server says, and what becomes of it. */
import { newId } from "./ask.js";
import { giveUp, missed, tellRead } from "./chat.js";
import { flush } from "./deliver.js";
import { showForms, showStatus, showTurn } from "./forms.js";
import { dropFrame, keep, keepFrame, outbox, recall } from "./keep.js";
import * as line from "./line.js";
import { dropPending, failPending, showMessage, showNotice, showRead, showTyping } from "./log.js";
import { panel, rating, transcript } from "./screen.js";
import * as talk from "./talk.js";
import { fill, textOf, texts, tryAgain } from "./texts.js";

/** @typedef {import("./talk.js").Answer} Answer */
/** @typedef {import("./talk.js").Entry} Entry */
/** @typedef {import("./talk.js").Frame} Frame */

const TRY_AGAIN = 2000;

/** The connection stands: what was missed is asked for, and what waits is sent. */
export function up() {
  const { chat, secret } = recall();
  if (chat) {
    const id = newId();
    talk.resume(id);
    line.send({ type: "resume", id, chat, secret, after: talk.last });
  } else {
    talk.stand();
    flush();
  }
}

/** It is lost. */
export function down() {
  talk.cut();
  showTyping(false);
  if (talk.over && !outbox().length) line.close();
  showStatus();
}

/** @param {any} frame */
export function receive(frame) {
  const { type } = frame;
  if (type === "ack" || type === "error") receiveAnswer(frame);
  else if (type === "event") receiveEvent(frame);
  else if (type === "position" && !talk.over) {
    const alone = frame.leave_message;
    const told = fill(fill(texts.position, frame.position), alone ? "?" : Math.ceil(frame.estimated_wait_s / 60));
    showStatus(told + (alone ? ` ${texts.no_agents}` : ""));
    showForms(true, alone && texts.leave);
  }
  else if (type === "typing") showTyping(frame.on);
  else if (type === "read") showRead(frame.seq);
}

/** @param {Answer} answer */
function receiveAnswer(answer) {
  const { id } = answer;
  const sent = outbox().find((frame) => frame.id === id);
  const verdict = talk.answered(answer, sent);
  if (verdict === talk.OTHER) return;
  if (verdict === talk.CUT) return line.lost();
  if (verdict === talk.GONE) return giveUp({});
  if (verdict === talk.REFUSED) return giveUp(answer);
  if (verdict === talk.LATER) return void setTimeout(flush, TRY_AGAIN);
  if (verdict === talk.RESUMED) {
    line.steady();
    showStatus(answer.stage === "waiting" ? texts.waiting : undefined);
  } else if (verdict === talk.GUEST) keepFrame({ .../** @type {Frame} */ (sent), previous: undefined, identity: undefined });
  else {
    dropFrame(answer);
    if (verdict === talk.STARTED) started(answer);
    else if (verdict === talk.GRANTED) granted(/** @type {Frame} */ (sent), answer);
    else if (verdict === talk.FAILED) talk.failed(id) && failPending(id);
    else if (talk.stored(answer)) dropPending(id);
  }
  flush();
}

/** @param {Answer} answer */
function started({ chat, secret }) {
  keep({ chat, secret, previous: { chat, secret } });
  talk.begin(chat);
  line.steady();
  showForms(true);
  if (!talk.last) showStatus(texts.waiting);
}

/** @type {(asked: Frame, answer: Answer) => void} what was asked for after the end */
function granted({ to }, { code, confirm }) {
  if (code) return showNotice(to && /unav|forb/.test(code) ? texts.failed : tryAgain());
  panel.focus();
  (to ? transcript : rating).hidden = true;
  showNotice(to ? fill(confirm ? texts.confirm : texts.mailed, to) : texts.rated);
}

/** @param {Entry} entry */
function receiveEvent(entry) {
  const isNext = talk.take(entry);
  if (isNext === false) line.lost();
  if (!isNext) return;
  const { kind, from, text } = /** @type {Required<Entry>} */ (entry); // the last two where it is a message
  const name = entry.name || talk.agent || texts.agent;
  if (kind === "message") {
    if (from === "visitor") dropPending(talk.arrived(entry));
    else showTyping(false);
    if (from === "system") showNotice(text);
    else showMessage(from, text, name, entry);
    if (from === "agent" && panel.hidden) missed();
    tellRead();
  } else if (kind === "ended") {
    keep({ over: recall().over || Date.now() });
    showTyping(false);
    showTurn(textOf(`end_${entry.by}`) || texts.end_system);
    showForms(false);
    talk.unsent().forEach(failPending);
    for (const frame of outbox()) frame.to || frame.score || dropFrame(frame);
  } else {
    const turn = entry.reason || kind; // a pause is told by its reason
    const told = textOf(`turn_${turn}`);
    if (told) showTurn(fill(told, name), turn);
    showForms(true);
  }
}
