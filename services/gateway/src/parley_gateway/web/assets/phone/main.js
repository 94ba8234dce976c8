/** A telephone for the demonstration: it places calls into a queue, and stands in for whoever picks up. */
import { html, render, useState } from "../vendor/preact-htm-signals.js";
import { sentence } from "./calls.js";
import { calls, connected, forget, logIn, phase, place, problem, say, start } from "./phone.js";

/** @param {{ call: import("./calls.js").Call }} props */
function Call({ call }) {
  const go = (/** @type {"answered" | "no_answer" | "ended"} */ what) => () => say(call.item, what);
  return html`
    <li class=${`call ${call.state}`} data-testid="call" data-item=${call.item} data-state=${call.state}>
      <div class="what">
        <h3 dir="auto">${call.from || "Unknown number"}</h3>
        <p role="status" data-testid="call-state">${sentence(call)}</p>
      </div>
      <div class="actions">
        ${call.state === "ringing" && html`
          <button class="primary" data-testid="answer" onClick=${go("answered")}>Answer</button>
          <button data-testid="no-answer" onClick=${go("no_answer")}>No answer</button>`}
        ${call.state !== "over" && html`<button class="danger" data-testid="hang-up" onClick=${go("ended")}>Hang up</button>`}
        ${call.state === "over" && html`<button class="quiet" data-testid="forget" onClick=${() => forget(call.item)}>Clear</button>`}
      </div>
    </li>`;
}

/** @type {(submit: (fields: any) => void) => (event: SubmitEvent) => void} */
const sending = (submit) => (event) => {
  event.preventDefault();
  submit(Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (event.target))));
};

function Dial() {
  const [number, setNumber] = useState("+49 30 5550100");
  return html`
    <form class="dial" onSubmit=${sending(({ from, queue }) => place(from, queue))} data-testid="dial">
      <label>Number
        <input name="from" value=${number} onInput=${(/** @type {any} */ event) => setNumber(event.target.value)} inputmode="tel" autocomplete="off" maxlength="200" required data-testid="number" />
      </label>
      <label>Queue
        <input name="queue" list="queues" value="support" autocomplete="off" maxlength="64" required data-testid="queue" />
      </label>
      <datalist id="queues"><option value="support" /><option value="sales" /></datalist>
      <button class="primary" data-testid="place">Call</button>
    </form>`;
}

function Phone() {
  const all = Object.values(calls.value).reverse();
  return html`
    <header>
      <img src="/assets/parley.svg" alt="" width="28" height="28" />
      <h1>Telephone</h1>
      <span class=${connected.value ? "link" : "link cut"} role="status" data-testid="connection">${connected.value ? "Connected" : "Connection lost, trying again …"}</span>
    </header>
    <${Dial} />
    ${problem.value && html`<p class="problem" role="alert" data-testid="problem">${problem.value}</p>`}
    <section aria-labelledby="calls-title">
      <h2 id="calls-title">Calls</h2>
      ${!all.length && html`<p class="muted">None yet. A call interrupts an agent's chat only if nobody else is free.</p>`}
      <ul>${all.map((call) => html`<${Call} key=${call.item} call=${call} />`)}</ul>
    </section>`;
}

const Login = () => html`
  <form class="login" onSubmit=${sending(logIn)} data-testid="login">
    <h1>Telephone</h1>
    <p class="muted">For a telephone system's user, such as pbx.</p>
    <label>Tenant <input name="tenant" required autocomplete="organization" autocapitalize="off" data-testid="login-tenant" /></label>
    <label>User <input name="user" required autocomplete="username" autocapitalize="off" data-testid="login-user" /></label>
    <label>Password <input name="password" type="password" required autocomplete="current-password" data-testid="login-password" /></label>
    ${problem.value && html`<p class="problem" role="alert">${problem.value}</p>`}
    <button class="primary" data-testid="login-submit">Log in</button>
  </form>`;

const App = () => html`
  <main>
    ${phase.value === "login" && html`<${Login} />`}
    ${phase.value === "open" && html`<${Phone} />`}
    ${phase.value === "starting" && html`<p class="muted" role="status">Connecting …</p>`}
  </main>`;

render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("phone")));
start();
