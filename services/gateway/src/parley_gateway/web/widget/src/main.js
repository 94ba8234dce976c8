/* <script async src="https://HOST/widget.js" data-token="TOKEN"></script>
 * Optional: data-lang, data-name, data-identity, and colours as --parley-* properties (docs/widget.md).
 * Stores and connects nothing until it is opened. On one page the first script counts. */
import { ask } from "./ask.js";
import { begin, otherTab, reset, seen, startAgain, tellRead } from "./chat.js";
import { css } from "./css.js";
import { askFor, endChat } from "./deliver.js";
import { leaving } from "./forms.js";
import { down, receive, up } from "./hear.js";
import { KEY, recall, safely } from "./keep.js";
import { launcher, showBadge } from "./launcher.js";
import * as line from "./line.js";
import { scrollDown, showNotice } from "./log.js";
import { agree, againButton, build, closeButton, comment, endButton, input, panel, rating, recipient, transcript, writing } from "./screen.js";
import { language, spoken, token } from "./snippet.js";
import * as talk from "./talk.js";
import { texts } from "./texts.js";
import { say, typed } from "./writing.js";

const RIGHT_TO_LEFT = /^(ar|fa|he|ur)$/;

/** @type {HTMLElement} */
let chat;
let loading = false;

class ParleyChat extends HTMLElement {
  connectedCallback() {
    if (this !== chat) return this.remove(); // a page that copies its nodes
    if (this.shadowRoot) return void (panel && scrollDown(true));
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(launcher);
    this.lang = spoken;
    this.dir = RIGHT_TO_LEFT.test(language) ? "rtl" : "ltr";
    const kept = recall();
    if (!kept.chat || kept.over) return;
    if (safely(() => sessionStorage[KEY])) toggle(true, false);
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
  if (!ok) chat.dir = "ltr";
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
  input.onkeydown = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || leaving) return;
    event.preventDefault();
    writing.requestSubmit();
  };
  agree.oninvalid = instead(() => {
    showNotice(texts.agree);
    agree.focus();
  });
  rating.oninput = () => scrollDown(true);
  rating.onsubmit = instead(() => askFor({ type: "rate", score: Number(new FormData(rating).get("score")), comment: comment.value }));
  transcript.onsubmit = instead(() => askFor({ type: "transcript", to: recipient.value, language: spoken }));
  panel.onkeydown = ({ key }) => {
    if (key === "Escape") toggle(false);
  };
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
    line.listen(up, receive, down, talk.waits);
    reset();
    addEventListener("storage", ({ key }) => key?.startsWith(KEY) && otherTab());
    addEventListener("online", () => talk.chat && !talk.ready && (line.close(), line.open()));
    begin();
  }
  panel.hidden = !open;
  launcher.hidden = open;
  safely(() => (sessionStorage[KEY] = open ? "1" : ""));
  if (open) seen();
  scrollDown(true);
  if (focus) (open ? (writing.hidden ? againButton : input) : launcher).focus();
  if (open) tellRead();
}

if (token && !customElements.get("parley-chat")) {
  customElements.define("parley-chat", ParleyChat);
  launcher.onclick = () => toggle(true);
  chat = document.createElement("parley-chat");
  addEventListener("DOMContentLoaded", place);
  place();
}
