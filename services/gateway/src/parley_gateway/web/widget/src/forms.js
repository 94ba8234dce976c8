/** What stands below the chat and beside its title: where it stands, and what a visitor can do now. */
import { begun, outbox } from "./keep.js";
import { scrollDown, showNotice } from "./log.js";
import { agree, againButton, consent, consentLabel, endButton, panel, privacy, rating, sender, status, terms, transcript, writing } from "./screen.js";
import { service } from "./service.js";
import * as talk from "./talk.js";
import { texts } from "./texts.js";

/** Is a message left, as there is nobody to chat with? @type {boolean | undefined} */
export let leaving;

let stands = "";
let tone = "";

/** Without a connection it says that, and afterwards what it said before. @type {(text?: string, sort?: string) => void} */
export function showStatus(text, sort = "") {
  if (text != null) [stands, tone] = [text, sort];
  const cut = talk.chat && !talk.ready && (!talk.over || outbox().length);
  status.textContent = cut ? (talk.last ? texts.lost : texts.connecting) : stands;
  status.className = cut ? "lost" : tone;
}

/** What has happened stands in the log, and beside the title until something else does. @type {(text: string, sort?: string) => void} */
export function showTurn(text, sort) {
  showNotice(text);
  showStatus(text, sort);
}

/** @type {(write: boolean | undefined, again?: string, leave?: boolean) => void} `again`: what the button below says, where it is no new chat */
export function showForms(write, again, leave) {
  if (!write && /** @type {ShadowRoot} */ (panel.getRootNode()).activeElement) panel.focus();
  const { consent: wanted = "", privacy_url: address = "" } = service;
  const link = /^https?:/i.test(address);
  leaving = leave;
  writing.hidden = !write;
  rating.hidden = !talk.over || !talk.agent;
  transcript.hidden = rating.hidden || !service.mail;
  terms.hidden = agree.disabled = begun() || !(wanted || link);
  agree.required = !!wanted;
  consentLabel.hidden = !wanted;
  consent.textContent = wanted;
  privacy.hidden = !link;
  if (link) privacy.href = address;
  sender.hidden = sender.disabled = !leave;
  againButton.hidden = !!write && !again;
  againButton.textContent = again || texts.again;
  endButton.hidden = !write || !talk.chat;
  scrollDown(true);
}
