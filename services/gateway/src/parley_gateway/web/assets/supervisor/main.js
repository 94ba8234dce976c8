/** The floor as supervisors have it before them: queues, agents, who asks for help, and what can be done. */
import { effect, html, render, useEffect, useState } from "../vendor/preact-htm-signals.js";
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
import { connected, floor, phase, view, watched } from "./state.js";
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

const VIEWS = /** @type {const} */ (["floor", "past", "figures"]);
const headings = () => ({ floor: texts.value.heading, past: texts.value.past.title, figures: texts.value.figures.title });

function TopBar() {
  const [{ why }, begin] = useDoing();
  const t = deskTexts.value;
  const mine = floor.value?.inbox.length ?? 0;
  return html`
    <header class="topbar">
      <img src="/assets/parley.svg" alt="Parley" width="28" height="28" />
      <h1>${headings()[view.value]}</h1>
      <span class="agent" dir="auto" data-testid="agent-name">${floor.value?.agent.name}</span>
      <span class="gap"></span>
      ${why && html`<span class="problem" role="alert">${why}</span>`}
      <span class=${connected.value ? "link" : "link cut"} role="status" data-testid="connection">${connected.value ? t.connected : t.lost}</span>
      ${VIEWS.filter((each) => each !== view.value).map((each) => html`<a key=${each} class="quiet tool" href=${`#${each}`} data-testid=${`to-${each}`}>${headings()[each]}</a>`)}
      <a class="quiet tool" href="/desk" data-testid="to-desk">${texts.value.desk(mine)}</a>
      <${LanguageChoice} label=${t.language} language=${language.value} choose=${choose} />
      <button type="button" class="quiet tool" data-testid="logout" onClick=${() => begin(leave)}><${Icon} name="out" /><span>${t.top.logOut}</span></button>
    </header>`;
}

/** @type {Record<string, (again: string) => Promise<any>>} */
const LATER = {
  figures: async (again) => (await import(`./figures.js${again}`)).Figures,
  past: async (again) => (await import(`./past.js${again}`)).PastFloor,
};

/** Loaded when it is opened; where that fails it is said, and tried again at another address: a browser may remember that one failed. @param {{ name: string }} props */
function Later({ name }) {
  const [there, setThere] = useState(/** @type {{ Part: any } | null} */ (null));
  const [tries, setTries] = useState(0);
  const [{ busy, why }, begin] = useDoing();
  const load = () => begin(async () => {
    setTries(tries + 1);
    setThere({ Part: await LATER[name](tries ? `?again=${tries}` : "").catch(() => Promise.reject({ code: "unavailable" })) });
  });
  useEffect(() => void load(), []);
  if (there) return html`<${there.Part} />`;
  return html`<section class="panel">${why ? html`<p class="problem" role="alert">${why} <button type="button" class="small" onClick=${load}>${texts.value.figures.show}</button></p>` : busy && html`<p role="status">${texts.value.underWay}</p>`}</section>`;
}

function Workspace() {
  const now = floor.value;
  useEffect(goOn, [now]);
  if (view.value !== "floor") return html`<${TopBar} /><main class="floor"><${HelpCalls} /><${Later} key=${view.value} name=${view.value} /></main>`;
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
