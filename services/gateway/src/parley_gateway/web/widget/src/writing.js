/** The box in which the visitor writes. */
import { ask, newId } from "./ask.js";
import { deliver } from "./deliver.js";
import { leaving, showForms, showStatus } from "./forms.js";
import { begun, keepFrame, recall } from "./keep.js";
import * as line from "./line.js";
import { showMessage, showNotice, showPending } from "./log.js";
import { count, emailField, input, nameField, sendButton, writing } from "./screen.js";
import { asking, path, service } from "./service.js";
import { language, said, token } from "./snippet.js";
import * as talk from "./talk.js";
import { fill, texts, tryAgain } from "./texts.js";

const TEXT_LIMIT = 4000; // code points
const FRAME_LIMIT = 16_384; // bytes
const SIGN_EVERY = 3000;
const QUIET_AFTER = 5000;

/** The id of the message that is left: tried again it is the same, changed it is another. @type {string | undefined} */
let letter;
/** When the agent was told last that the visitor types; 0: that they stopped. */
let signalled = 0;
/** @type {number | undefined} */
let quiet;

/** @param {string} text */
const lengthOf = (text) => [...text].length;

function stopSign() {
  if (signalled) line.send({ type: "typing", on: false });
  signalled = 0;
}

function sign() {
  clearTimeout(quiet);
  if (!input.value) return stopSign();
  quiet = setTimeout(stopSign, QUIET_AFTER);
  if (signalled > Date.now() - SIGN_EVERY) return;
  signalled = Date.now();
  line.send({ type: "typing", on: true });
}

/** The box holds something else than before. */
export function typed() {
  const { value } = input;
  const length = lengthOf(value);
  const tooLong = length > TEXT_LIMIT;
  letter = undefined;
  count.hidden = length < TEXT_LIMIT * 0.9;
  count.textContent = `${length} / ${TEXT_LIMIT}`;
  count.className = tooLong ? "over" : "";
  sendButton.disabled = !value.trim() || tooLong;
  if (talk.chat && talk.ready && !talk.over) sign();
}

/** Puts this into the box. @param {string} text */
export function write(text) {
  input.value = text;
  typed();
}

/** @param {string} text */
async function leave(text) {
  letter ??= newId();
  const body = JSON.stringify({ id: letter, text, language, email: emailField.value, name: nameField.value, consent: service.consent });
  const [ok, { item }] = await ask(`${path}/messages`, { method: "POST", body });
  if (!ok) return showNotice(tryAgain());
  write("");
  showMessage("visitor", text, "");
  showNotice(fill(texts.thanks, item));
  showForms(false, texts.leave);
}

/** What the first message of a chat says besides. */
const beginning = () => ({
  type: "start", token, language, name: said.name?.slice(0, 200), identity: said.identity?.slice(0, 4e3), consent: service.consent, previous: recall().previous,
  page: (location.origin + location.pathname).slice(0, 200),
});

/** Sends what the box holds; where that cannot be, it holds it again. */
export async function say() {
  const text = input.value;
  if (!text.trim() || lengthOf(text) > TEXT_LIMIT || talk.over) return;
  if (leaving) return leave(text);
  write("");
  if (!begun()) {
    await asking; // it may ask for consent, or be closed
    if (writing.hidden || !writing.checkValidity()) return write(input.value + (input.value && "\n") + text);
  }
  const known = begun();
  const frame = { type: "message", id: newId(), text, ...(!known && beginning()) };
  if (new Blob([JSON.stringify(frame)]).size > FRAME_LIMIT) {
    write(text);
    return showNotice(texts.long);
  }
  keepFrame(frame);
  talk.post(frame);
  showPending(frame.id, text);
  if (!known) showStatus(texts.connecting);
  deliver();
}
