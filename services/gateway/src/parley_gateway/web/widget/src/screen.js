/**
 * The elements of the opened chat. They are made once the texts are there, and do nothing by themselves: `main.js` says what
 * they do, and the first `reset` of `chat.js` what of them is to be seen.
 */
import { el, LINK } from "./dom.js";
import { said } from "./snippet.js";
import { fill, texts } from "./texts.js";

/** @type {HTMLElement} */ export let panel;
/** @type {HTMLElement} */ export let title;
/** @type {HTMLElement} */ export let status;
/** @type {HTMLButtonElement} */ export let endButton;
/** @type {HTMLButtonElement} */ export let closeButton;
/** @type {HTMLElement} */ export let log;
/** What was said: it is read out as it comes. @type {HTMLElement} */ export let stored;
/** Stands at the log's end: what is on its way. @type {HTMLElement} */ export let pendings;
/** @type {HTMLElement} */ export let readMark;
/** @type {HTMLElement} */ export let typing;
/** @type {HTMLFormElement} */ export let writing;
/** @type {HTMLTextAreaElement} */ export let input;
/** @type {HTMLElement} */ export let count;
/** @type {HTMLButtonElement} */ export let sendButton;
/** Who leaves a message. @type {HTMLFieldSetElement} */ export let sender;
/** @type {HTMLInputElement} */ export let nameField;
/** @type {HTMLInputElement} */ export let emailField;
/** What a visitor agrees to, and the page about it. @type {HTMLElement} */ export let terms;
/** @type {HTMLInputElement} */ export let agree;
/** @type {HTMLElement} */ export let consentLabel;
/** @type {HTMLElement} */ export let consent;
/** @type {HTMLAnchorElement} */ export let privacy;
/** @type {HTMLFormElement} */ export let rating;
/** @type {HTMLElement} */ export let stars;
/** @type {HTMLTextAreaElement} */ export let comment;
/** @type {HTMLFormElement} */ export let transcript;
/** @type {HTMLInputElement} */ export let recipient;
/** @type {HTMLButtonElement} */ export let againButton;

/** @type {(id: "name" | "email", more: Partial<HTMLInputElement>) => HTMLInputElement} */
const field = (id, more) => el("input", more.id || id, { autocomplete: id, placeholder: texts[id], ...more });

/** @type {(text: string) => HTMLButtonElement} */
const go = (text) => el("button", "", { className: "go" }, text);

export function build() {
  const address = { type: "email", required: true };
  title = el("h2", "title", {}, "Chat");
  status = el("p", "status", { role: "status" });
  endButton = el("button", "end", {}, texts.end);
  closeButton = el("button", "close", { ariaLabel: texts.close }, "×");
  pendings = el("div", "pending", {});
  stored = el("div", "stored", { role: "log", ariaLabel: "Chat" });
  log = el("div", "log", { role: "group", tabIndex: 0, ariaLabel: "Chat" }, stored, pendings);
  readMark = el("span", "read", { className: "who" }, texts.read);
  typing = el("p", "typing", { hidden: true });

  input = el("textarea", "input", { rows: 2, placeholder: texts.write, dir: "auto" });
  count = el("p", "count", {});
  sendButton = el("button", "send", { ariaLabel: texts.send }, "↑");
  nameField = field("name", { value: said.name?.slice(0, 200) || "" });
  emailField = field("email", address);
  sender = el("fieldset", "sender", {}, nameField, emailField);
  agree = el("input", "agree", { type: "checkbox" });
  consent = el("span", "", { dir: "auto" });
  consentLabel = el("label", "consent", {}, agree, consent);
  privacy = el("a", "privacy", LINK, texts.privacy);
  terms = el("div", "terms", {}, consentLabel, privacy);
  writing = el("form", "form", {}, sender, terms, input, sendButton);

  const star = (/** @type {number} */ value) => el("label", "", {},
    el("input", "", { type: "radio", name: "score", value: `${value}`, ariaLabel: fill(texts.stars, value) }));
  stars = el("div", "stars", { role: "radiogroup", ariaLabel: texts.rate }, el("span", "", {}, texts.rate), ...[1, 2, 3, 4, 5].map(star));
  comment = el("textarea", "comment", { rows: 2, maxLength: 1000, placeholder: texts.comment, dir: "auto" });
  rating = el("form", "rate", {}, stars, comment, go(texts.send));
  recipient = field("email", { ...address, id: "to" });
  transcript = el("form", "transcript", {}, recipient, go(texts.transcript));
  againButton = el("button", "again", {});

  panel = el("section", "panel", { role: "dialog", tabIndex: -1 },
    el("div", "head", {}, el("div", "", {}, title, status), endButton, closeButton),
    log, typing, writing, count, rating, transcript, againButton);
  panel.setAttribute("aria-labelledby", "title");
}
