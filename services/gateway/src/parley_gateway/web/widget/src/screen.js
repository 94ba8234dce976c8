/**
 * The elements of the opened chat. They are made once the texts are there, and do nothing by themselves: `main.js` says what
 * they do, and the first `reset` of `chat.js` what of them is to be seen.
 */
import { el, icon } from "./dom.js";
import { said } from "./snippet.js";
import { fill, texts } from "./texts.js";

/** @type {HTMLElement} */ export let panel;
/** @type {HTMLElement} */ export let title;
/** @type {HTMLElement} */ export let status;
/** @type {HTMLButtonElement} */ export let endButton;
/** @type {HTMLButtonElement} */ export let closeButton;
/** @type {HTMLElement} */ export let log;
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
const field = (id, more) => el("input", { id, autocomplete: id, placeholder: texts[id], ...more });

/** @type {(textContent: string) => HTMLButtonElement} */
const go = (textContent) => el("button", { className: "go", textContent });

export function build() {
  const address = { type: "email", required: true };
  title = el("h2", { id: "title", textContent: "Chat" });
  status = el("p", { id: "status", role: "status" });
  endButton = el("button", { id: "end", textContent: texts.end });
  closeButton = el("button", { id: "close", ariaLabel: texts.close }, icon(20, "M6 6l12 12M18 6L6 18"));
  pendings = el("div", { id: "pending" });
  log = el("div", { id: "log", role: "log", tabIndex: 0, ariaLabel: "Chat" }, pendings);
  readMark = el("p", { id: "read", className: "who", textContent: texts.read });
  typing = el("p", { id: "typing", hidden: true });

  input = el("textarea", { id: "input", rows: 2, placeholder: texts.write, dir: "auto" });
  count = el("p", { id: "count" });
  sendButton = el("button", { id: "send", ariaLabel: texts.send }, icon(20, "M4 12l16-8-5 16-3.5-6.5z"));
  nameField = field("name", { value: said.name?.slice(0, 200) || "" });
  emailField = field("email", address);
  sender = el("fieldset", { id: "sender" }, nameField, emailField);
  agree = el("input", { id: "agree", type: "checkbox" });
  consent = el("span", { dir: "auto" });
  consentLabel = el("label", { id: "consent" }, agree, consent);
  privacy = el("a", { id: "privacy", target: "_blank", rel: "noopener noreferrer", textContent: texts.privacy });
  terms = el("div", { id: "terms" }, consentLabel, privacy);
  writing = el("form", { id: "form" }, sender, terms, input, sendButton);

  const star = (/** @type {number} */ value) => el("label", {},
    el("input", { type: "radio", name: "score", value: `${value}`, ariaLabel: fill(texts.stars, value) }),
    icon(28, "M12 3l3 6 6 1-5 4 2 7-6-4-6 4 2-7-5-4 6-1z"));
  stars = el("div", { id: "stars", role: "radiogroup", ariaLabel: texts.rate }, el("span", { textContent: texts.rate }), ...[1, 2, 3, 4, 5].map(star));
  comment = el("textarea", { id: "comment", rows: 2, maxLength: 1000, placeholder: texts.comment, dir: "auto" });
  rating = el("form", { id: "rate" }, stars, comment, go(texts.send));
  recipient = field("email", { ...address, id: "to" });
  transcript = el("form", { id: "transcript" }, recipient, go(texts.transcript));
  againButton = el("button", { id: "again" });

  panel = el("section", { id: "panel", role: "dialog", "aria-labelledby": "title", tabIndex: -1 },
    el("div", { id: "head" }, el("div", {}, title, status), endButton, closeButton),
    log, typing, writing, count, rating, transcript, againButton);
}
