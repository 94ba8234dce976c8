/** Who is at the desk, whether work may come, and the way out. */
import { html } from "../vendor/preact-htm-signals.js";
import { alerting, can, toggle } from "./attention.js";
import { act } from "./desk.js";
import { notify } from "./notices.js";
import { connected, view } from "./state.js";

export function TopBar() {
  const agent = view.value?.agent;
  if (!agent) return null;
  const ready = agent.state === "ready";
  const set = (/** @type {string} */ state) => () => agent.state !== state && act(state);
  const alerts = async () => (await toggle()) || notify("The browser does not let this page show notifications. Allow them in its settings.");
  return html`
    <header class="topbar">
      <img src="/assets/parley.svg" alt="Parley" width="28" height="28" />
      <span class="agent" data-testid="agent-name">${agent.name}</span>
      <div class="switch" role="group" aria-label="Availability" data-testid="availability" data-state=${agent.state}>
        <button class="ready" aria-pressed=${ready} data-testid="ready" onClick=${set("ready")}>Ready</button>
        <button aria-pressed=${!ready} data-testid="not-ready" onClick=${set("not_ready")}>Not ready</button>
      </div>
      ${!ready && agent.reason && html`<span class="muted">${agent.reason}</span>`}
      <span class="gap"></span>
      <span class=${connected.value ? "link" : "link cut"} role="status" data-testid="connection">
        ${connected.value ? "Connected" : "Connection lost, trying again …"}
      </span>
      ${can && html`<button class="quiet alerts" aria-pressed=${alerting.value} title="A sound and a notification while the desk is out of sight" data-testid="alerts" onClick=${alerts}>Alerts</button>`}
      <button class="quiet" data-testid="logout" onClick=${() => act("logout")}>Log out</button>
    </header>`;
}
