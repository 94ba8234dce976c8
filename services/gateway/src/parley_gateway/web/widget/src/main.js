/* <script async src="https://HOST/widget.js" data-token="TOKEN"></script>
 * Optional: data-lang, data-name, data-identity, and colours as --parley-* properties (docs/widget.md).
 * Stores and connects nothing until it is opened. On one page the first script counts. */
import { composes } from "../../assets/shared/keyboard.js";
import { ask } from "./ask.js";
import { begin, otherTab, reset, seen, startAgain, tellRead } from "./chat.js";
import { css } from "./css.js";
import { askFor, endChat } from "./deliver.js";
import { leaving } from "./forms.js";
import { KEY, recall, safely, tab } from "./keep.js";
import { launcher, showBadge } from "./launcher.js";
import * as line from "./line.js";
import { scrollDown, showNotice } from "./log.js";
import { agree, againButton, build, closeButton, comment, endButton, input, panel, rating, recipient, transcript, writing } from "./screen.js";
import { language, spoken, token } from "./snippet.js";
import * as talk from "./talk.js";
import { speak, texts } from "./texts.js";
import { say, typed } from "./writing.js";

const RIGHT_TO_LEFT = /^(ar|fa|he|ur)$/;
/** What happens in the chat and is not the page's: its dialogs would take the focus back, its fields what is pasted. */
const OURS = "input paste copy cut focusin";

/** @type {HTMLElement} */
let chat;
let loading = false;

/** @type {(where: any, what: string, act: (event: any) => void) => void} */
const hear = (where, what, act) => what.split(" ").forEach((type) => where.addEventListener(type, act, where === window));

class ParleyChat extends HTMLElement {
  connectedCallback() {
    if (this !== chat) return this.remove(); // a page that copies its nodes
    safely(() => this.showPopover());
    if (this.shadowRoot) return void (panel && scrollDown(true));
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(launcher);
    hear(root, OURS, (event) => event.stopPropagation());
    this.lang = spoken;
    this.dir = RIGHT_TO_LEFT.test(language) ? "rtl" : "ltr";
    const kept = recall();
    if (!kept.chat || kept.over) return;
    if (tab.parley) toggle(true, false);
    else showBadge("•");
  }

  /** A page that renews its content takes the chat away: it comes back. */
  disconnectedCallback() {
    setTimeout(place);
  }
}

const place = () => chat.isConnected || document.body?.append(chat);

/** The texts of another language; English where there are none. */
async function translate() {
  const [ok, found] = await ask(`/widget/${language}.json`);
  chat.lang = ok ? language : "en";
  if (ok) speak(language);
  else chat.dir = "ltr";
  launcher.ariaLabel = Object.assign(texts, found).open;
}

/** @type {(act: () => void) => (event: Event) => void} instead of what the browser would do */
const instead = (act) => (event) => {
  event.preventDefault();
  act();
};

/** What the elements do. */
function wire() {
  endButton.onclick = endChat;
  closeButton.onclick = () => toggle(false);
  againButton.onclick = startAgain;
  writing.onsubmit = instead(say);
  writing.oninput = typed;
  agree.oninvalid = instead(() => {
    showNotice(texts.agree);
    agree.focus();
  });
  rating.oninput = () => scrollDown(true);
  rating.onsubmit = instead(() => askFor({ type: "rate", score: Number(new FormData(rating).get("score")), comment: comment.value }));
  transcript.onsubmit = instead(() => askFor({ type: "transcript", to: recipient.value, language: spoken }));
  panel.onkeydown = press; // one that a script of the page makes in here
  hear(visualViewport, "resize scroll", fit);
}

/** What a phone's keyboard leaves of the window is the chat's; a page that is looked at more closely leaves it where it was. @param {{ target: VisualViewport }} event */
function fit({ target: { height, offsetTop, scale } }) {
  if (scale > 1.1) return;
  panel.style.cssText = `--h:${height}px;--y:${offsetTop}px`;
  scrollDown();
}

/** @param {KeyboardEvent} event */
function press(event) {
  if (composes(event)) return;
  if (event.key === "Escape") panel && toggle(false);
  else if (event.key === "Enter" && !event.shiftKey && event.composedPath()[0] === input && !leaving) {
    event.preventDefault();
    writing.requestSubmit();
  }
}

/** A key in the chat is none of the page's shortcuts: nobody hears of it but the chat. @param {KeyboardEvent} event */
function guard(event) {
  if (event.target !== chat) return;
  event.stopImmediatePropagation();
  if (event.type === "keydown") press(event);
}

/** Before the first time nothing is built, stored, asked or connected. @type {(open: boolean, focus?: boolean) => Promise<void>} */
async function toggle(open, focus = true) {
  if (!panel) {
    if (loading) return;
    loading = true;
    if (language !== "en") await translate();
    build();
    wire();
    chat.shadowRoot?.append(panel);
    reset();
    addEventListener("storage", ({ key }) => key?.startsWith(KEY) && otherTab());
    addEventListener("online", () => talk.chat && !talk.ready && (line.close(), line.open()));
    begin();
  }
  panel.hidden = !open;
  launcher.hidden = open;
  safely(() => (tab.parley = open ? "1" : "")); // the chat is open in this tab
  if (open) seen();
  scrollDown(true);
  if (focus) (open ? (writing.hidden ? againButton : input) : launcher).focus();
  if (open) tellRead();
}

if (token && !customElements.get("parley-chat")) {
  customElements.define("parley-chat", ParleyChat);
  launcher.onclick = () => toggle(true);
  chat = document.createElement("parley-chat");
  chat.popover = "manual"; // above the page, whatever its body does to what is in it
  hear(window, "keydown keypress keyup", guard);
  addEventListener("DOMContentLoaded", place);
  place();
}
