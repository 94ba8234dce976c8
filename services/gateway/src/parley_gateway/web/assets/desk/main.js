/** The desk of an agent. */
import { effect, html, render } from "../vendor/preact-htm-signals.js";
import { arrivals, watch } from "./attention.js";
import { Conversation } from "./conversation.js";
import { start, turn } from "./desk.js";
import { Inbox } from "./inbox.js";
import { press } from "./keys.js";
import { language, speak, texts } from "./language.js";
import { Login } from "./login.js";
import { Notices } from "./notices.js";
import { Later, loadAllSoon, parts } from "./ondemand.js";
import { Queues } from "./queues.js";
import { byHand } from "../shared/keyboard.js";
import { Question } from "../shared/question.js";
import { targetOf, tone, waitsSince } from "./replyclock.js";
import { current, detailed, logs, phase, searching, selected, view } from "./state.js";
import { duration, now, startClock } from "./timers.js";
import { TopBar } from "./topbar.js";
import { isNew, unreadOf } from "./unread.js";

const Workspace = () => html`
  <${TopBar} />
  <${Later} part=${parts.callbanner} show=${(/** @type {typeof import("./callbanner.js")} */ { CallBanner }) => html`<${CallBanner} />`} />
  <main class=${`columns ${selected.value ? "reading" : ""} ${detailed.value ? "detailed" : ""}`}>
    <div class="side">
      ${!current.value && html`<h1 class="unseen">${texts.value.title}</h1>`}
      <${Inbox} />
      <${Queues} />
    </div>
    <${Conversation} />
    ${parts.details.there ? html`<${parts.details.there.Details} />` : html`<aside class="details" aria-label=${texts.value.details.title}><${Later} part=${parts.details} show=${() => null} /></aside>`}
    ${searching.value && parts.past.there && html`<${parts.past.there.PastConversations} />`}
  </main>`;

const App = () => html`
  ${phase.value === "login" && html`<${Login} />`}
  ${phase.value === "open" && view.value && html`<${Workspace} />`}
  ${phase.value === "starting" && html`<p class="starting" role="status">${texts.value.connecting}</p>`}
  <${Notices} />
  ${parts.help.there && html`<${parts.help.there.Help} />`}
  <${Question} />`;

/** How much there is that the agent has not seen stands in the tab's title, and how long somebody waits for an answer, once it is long. */
function title() {
  const inbox = view.value?.inbox ?? [];
  const unread = inbox.reduce((sum, item) => sum + (unreadOf(item) || Number(isNew(item))), arrivals());
  const waits = inbox.map((item) => ({ ms: now.value - Date.parse(waitsSince(item, logs.value[item.item]) ?? ""), target: targetOf(item, view.value?.queues) }));
  const late = Math.max(...waits.filter(({ ms, target }) => tone(ms, target)).map(({ ms }) => ms), 0);
  document.title = [unread && `(${unread})`, late && duration(late), texts.value.title].filter(Boolean).join(" ");
}

document.addEventListener("visibilitychange", turn);
document.addEventListener("keydown", byHand(press));

speak(language.peek()).then(() => {
  effect(title);
  effect(watch);
  effect(() => void (phase.value === "open" && loadAllSoon()));
  startClock();
  render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("desk")));
  start();
});
