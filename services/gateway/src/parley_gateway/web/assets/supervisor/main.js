/** The floor as supervisors have it before them: queues, agents, who asks for help, and what can be done. */
import { effect, html, render, useEffect } from "../vendor/preact-htm-signals.js";
import { startClock } from "../desk/timers.js";
import { LanguageChoice } from "../shared/choice.js";
import { Icon } from "../shared/icons.js";
import { confirmed, Question } from "../shared/question.js";
import { ActForm } from "./acts.js";
import { Agents } from "./agents.js";
import { useDoing } from "./doing.js";
import { Doings } from "./doings.js";
import { act, start } from "./floor.js";
import { HelpCalls } from "./help.js";
import { choose, deskTexts, language, speak, texts } from "./language.js";
import { Login } from "./login.js";
import { goOn } from "./place.js";
import { Queues } from "./queues.js";
import { connected, floor, phase, watched } from "./state.js";
import { Watching } from "./watching.js";

/** The floor's end and that of the login. What the supervisor has in hand goes back to where it came from: that is asked first. */
async function leave() {
  const t = deskTexts.peek().top;
  const inbox = floor.peek()?.inbox ?? [];
  const wrapUps = inbox.filter(({ stage }) => stage === "wrap_up").length;
  if (inbox.length && !(await confirmed(t.leave, t.leaveText(inbox.length - wrapUps, wrapUps), t.logOut, t.stay))) return;
  await act("logout");
  await fetch("/v1/logout", { method: "POST" }).catch(() => {});
}

function TopBar() {
  const [{ why }, begin] = useDoing();
  const t = deskTexts.value;
  const mine = floor.value?.inbox.length ?? 0;
  return html`
    <header class="topbar">
      <img src="/assets/parley.svg" alt="Parley" width="28" height="28" />
      <h1>${texts.value.heading}</h1>
      <span class="agent" dir="auto" data-testid="agent-name">${floor.value?.agent.name}</span>
      <span class="gap"></span>
      ${why && html`<span class="problem" role="alert">${why}</span>`}
      <span class=${connected.value ? "link" : "link cut"} role="status" data-testid="connection">${connected.value ? t.connected : t.lost}</span>
      <a class="quiet tool" href="/desk" data-testid="to-desk">${texts.value.desk(mine)}</a>
      <${LanguageChoice} label=${t.language} language=${language.value} choose=${choose} />
      <button type="button" class="quiet tool" data-testid="logout" onClick=${() => begin(leave)}><${Icon} name="out" /><span>${t.top.logOut}</span></button>
    </header>`;
}

function Workspace() {
  const now = floor.value;
  useEffect(goOn, [now]);
  return html`
    <${TopBar} />
    <main class=${`floor ${watched.value ? "seeing" : ""}`}>
      <${HelpCalls} />
      <div class="tables"><${Queues} /><${Agents} /></div>
      <${Watching} />
      <${Doings} />
    </main>`;
}

const App = () => html`
  ${phase.value === "login" && html`<${Login} />`}
  ${phase.value === "open" && floor.value && html`<${Workspace} />`}
  ${phase.value === "starting" && html`<p class="starting" role="status">${deskTexts.value.connecting}</p>`}
  <${ActForm} />
  <${Question} />`;

/** How many ask for help stands in the tab's title. */
function title() {
  const asking = floor.value?.agents.filter(({ help }) => help).length ?? 0;
  if (phase.value === "open") document.title = `${asking ? `(${asking}) ` : ""}${texts.value.title}`;
}

speak(language.peek()).then(() => {
  effect(title);
  startClock();
  render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("supervisor")));
  start();
});
