/** Who is at the desk, whether work may come and if not why, and the way out. */
import { html } from "../vendor/preact-htm-signals.js";
import { LanguageChoice } from "../shared/choice.js";
import { Icon } from "../shared/icons.js";
import { confirmed } from "../shared/question.js";
import { alerting, toggle } from "./attention.js";
import { act, notify, showHelp, showPast } from "./desk.js";
import { keyed } from "./keys.js";
import { choose, language, texts } from "./language.js";
import { leaving } from "./login.js";
import { parts } from "./ondemand.js";
import { setup } from "./setup.js";
import { connected, searching, view } from "./state.js";

/** R15 sets an agent aside who did not take a call: that is no reason of the company's own. */
const MISSED_CALL = "no_answer";

/** @param {{ given?: string }} props */
function Reason({ given = "" }) {
  const t = texts.value.top;
  const { reasons } = setup.value;
  const all = ["", ...reasons, ...(given && !reasons.includes(given) ? [given] : [])];
  if (all.length === 1) return null;
  const name = (/** @type {string} */ reason) => (reason === "" ? t.noReason : reason === MISSED_CALL ? t.missedCall : reason);
  return html`
    <select class="reason" aria-label=${t.reason} onChange=${(/** @type {any} */ event) => act("not_ready", event.target.value ? { reason: event.target.value } : {})} data-testid="reason">
      ${all.map((reason) => html`<option key=${reason} value=${reason} selected=${reason === given}>${name(reason)}</option>`)}
    </select>`;
}

async function leave() {
  const t = texts.peek().top;
  const inbox = view.peek()?.inbox ?? [];
  const wrapUps = inbox.filter(({ stage }) => stage === "wrap_up").length;
  if (inbox.length && !(await confirmed(t.leave, t.leaveText(inbox.length - wrapUps, wrapUps), t.logOut, t.stay))) return;
  if (await act("logout")) leaving.done = fetch("/v1/logout", { method: "POST" }).catch(() => {}); // the login ends as well
}

const help = async () => (await parts.help.open()) && showHelp(true);
const past = async () => (searching.peek() || (await parts.past.open())) && showPast(!searching.peek());

export function TopBar() {
  const agent = view.value?.agent;
  if (!agent) return null;
  const t = texts.value.top;
  const ready = agent.state === "ready";
  const set = (/** @type {string} */ state) => () => agent.state !== state && act(state);
  const alerts = async () => (await toggle()) || notify(texts.peek().top.alertsRefused);
  return html`
    <header class="topbar">
      <img src="/assets/parley.svg" alt="Parley" width="28" height="28" />
      <span class="agent" dir="auto" data-testid="agent-name">${agent.name}</span>
      <div class="switch" role="group" aria-label=${t.availability} data-testid="availability" data-state=${agent.state}>
        <button class="ready" aria-pressed=${ready} data-testid="ready" onClick=${set("ready")} ...${ready ? {} : keyed("ready")}>${t.ready}</button>
        <button aria-pressed=${!ready} data-testid="not-ready" onClick=${set("not_ready")} ...${ready ? keyed("ready") : {}}>${t.notReady}</button>
      </div>
      ${!ready && html`<${Reason} given=${agent.reason} />`}
      <span class="gap"></span>
      <span class=${connected.value ? "link" : "link cut"} role="status" data-testid="connection">${connected.value ? texts.value.connected : texts.value.lost}</span>
      <button class="quiet tool alerts" aria-pressed=${alerting.value} title=${t.alertsHint} data-testid="alerts" onClick=${alerts}><${Icon} name="bell" /><span>${t.alerts}</span></button>
      <button class="quiet tool" aria-expanded=${searching.value} ...${keyed("past")} data-testid="past-conversations" onClick=${past}><${Icon} name="search" /><span>${t.past}</span></button>
      <button class="quiet tool" ...${keyed("help")} data-testid="help" onClick=${help}><${Icon} name="keys" /><span>${t.help}</span></button>
      <a class="quiet tool account" href="/account" target="_blank" data-testid="account"><${Icon} name="person" /><span>${t.account}</span></a>
      <${LanguageChoice} label=${texts.value.language} language=${language.value} choose=${choose} />
      <button class="quiet tool" data-testid="logout" onClick=${leave}><${Icon} name="out" /><span>${t.logOut}</span></button>
    </header>`;
}
