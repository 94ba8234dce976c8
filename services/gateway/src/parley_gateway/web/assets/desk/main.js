/** The desk of an agent. */
import { effect, html, render } from "../vendor/preact-htm-signals.js";
import { watch } from "./attention.js";
import { Conversation } from "./conversation.js";
import { start, turn } from "./desk.js";
import { Details } from "./details.js";
import { Inbox } from "./inbox.js";
import { Login } from "./login.js";
import { Notices } from "./notices.js";
import { Queues } from "./queues.js";
import { phase, selected, view } from "./state.js";
import { startClock } from "./timers.js";
import { TopBar } from "./topbar.js";
import { isNew, unreadOf } from "./unread.js";

const Workspace = () => html`
  <${TopBar} />
  <main class=${`columns ${selected.value ? "reading" : ""}`}>
    <div class="side">
      <${Inbox} />
      <${Queues} />
    </div>
    <${Conversation} />
    <${Details} />
  </main>`;

const App = () => html`
  ${phase.value === "login" && html`<${Login} />`}
  ${phase.value === "open" && view.value && html`<${Workspace} />`}
  ${phase.value === "starting" && html`<p class="starting" role="status">Connecting …</p>`}
  <${Notices} />`;

effect(() => {
  const unread = (view.value?.inbox ?? []).reduce((sum, item) => sum + (unreadOf(item) || Number(isNew(item))), 0);
  document.title = unread ? `(${unread}) Parley desk` : "Parley desk";
});

effect(watch);
document.addEventListener("visibilitychange", turn);

startClock();
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("desk")));
start();
