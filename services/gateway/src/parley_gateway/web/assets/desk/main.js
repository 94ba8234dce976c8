/** The desk of an agent. */
import { effect, html, render } from "../vendor/preact-htm-signals.js";
import { watch } from "./attention.js";
import { CallBanner } from "./callbanner.js";
import { Conversation } from "./conversation.js";
import { start, turn } from "./desk.js";
import { Details } from "./details.js";
import { Inbox } from "./inbox.js";
import { press } from "./keys.js";
import { language, speak, texts } from "./language.js";
import { Login } from "./login.js";
import { Notices } from "./notices.js";
import { loadAllSoon, parts } from "./ondemand.js";
import { Queues } from "./queues.js";
import { byHand } from "../shared/keyboard.js";
import { Question } from "../shared/question.js";
import { current, detailed, phase, selected, view } from "./state.js";
import { startClock } from "./timers.js";
import { TopBar } from "./topbar.js";
import { isNew, unreadOf } from "./unread.js";

const Workspace = () => html`
  <${TopBar} />
  <${CallBanner} />
  <main class=${`columns ${selected.value ? "reading" : ""} ${detailed.value ? "detailed" : ""}`}>
    <div class="side">
      ${!current.value && html`<h1 class="unseen">${texts.value.title}</h1>`}
      <${Inbox} />
      <${Queues} />
    </div>
    <${Conversation} />
    <${Details} />
  </main>`;

const App = () => html`
  ${phase.value === "login" && html`<${Login} />`}
  ${phase.value === "open" && view.value && html`<${Workspace} />`}
  ${phase.value === "starting" && html`<p class="starting" role="status">${texts.value.connecting}</p>`}
  <${Notices} />
  ${parts.help.there && html`<${parts.help.there.Help} />`}
  <${Question} />`;

/** How much there is that the agent has not seen stands in the tab's title. */
function title() {
  const unread = (view.value?.inbox ?? []).reduce((sum, item) => sum + (unreadOf(item) || Number(isNew(item))), 0);
  document.title = unread ? `(${unread}) ${texts.value.title}` : texts.value.title;
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
