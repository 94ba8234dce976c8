/** A telephone for the demonstration: it places calls into a queue, and stands in for whoever picks up. */
import { effect, html, render, useState } from "../vendor/preact-htm-signals.js";
import { LanguageChoice } from "../shared/choice.js";
import { sentence } from "./calls.js";
import { choose, language, speak, texts } from "./language.js";
import { calls, connected, forget, logIn, needsCode, phase, place, problem, say, start } from "./phone.js";

/** @typedef {import("./calls.js").Call} Call */

/** @param {{ call: Call }} props */
function Call({ call }) {
  const t = texts.value;
  const go = (/** @type {"answered" | "no_answer" | "ended"} */ what) => () => say(call, what);
  return html`
    <li class=${`call ${call.state}`} data-testid="call" data-item=${call.item} data-state=${call.state}>
      <div class="what">
        <h3 dir="auto">${call.from || t.unknown}</h3>
        <p role="status" data-testid="call-state">${sentence(call, t)}</p>
      </div>
      <div class="actions">
        ${call.state === "ringing" && html`
          <button class="primary" data-testid="answer" onClick=${go("answered")}>${t.answer}</button>
          <button data-testid="no-answer" onClick=${go("no_answer")}>${t.noAnswer}</button>`}
        ${call.state !== "over" && html`<button class="danger" data-testid="hang-up" onClick=${go("ended")}>${t.hangUp}</button>`}
        ${call.state === "over" && html`<button class="quiet" data-testid="forget" onClick=${() => forget(call.item)}>${t.clear}</button>`}
      </div>
    </li>`;
}

/** @type {(submit: (fields: any) => void) => (event: SubmitEvent) => void} */
const sending = (submit) => (event) => {
  event.preventDefault();
  submit(Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (event.target))));
};

function Dial() {
  const t = texts.value;
  const [number, setNumber] = useState("+49 30 5550100");
  return html`
    <form class="dial" onSubmit=${sending(({ from, queue }) => place(from, queue))} data-testid="dial">
      <label>${t.number}
        <input name="from" value=${number} onInput=${(/** @type {any} */ event) => setNumber(event.target.value)} inputmode="tel" autocomplete="off" maxlength="200" required data-testid="number" />
      </label>
      <label>${t.queue}
        <input name="queue" list="queues" value="support" autocomplete="off" maxlength="64" required data-testid="queue" />
      </label>
      <datalist id="queues"><option value="support" /><option value="sales" /></datalist>
      <button class="primary" data-testid="place">${t.call}</button>
    </form>`;
}

function Phone() {
  const t = texts.value;
  const all = Object.values(calls.value).reverse();
  return html`
    <header>
      <img src="/assets/parley.svg" alt="" width="28" height="28" />
      <h1>${t.title}</h1>
      <span class=${connected.value ? "link" : "link cut"} role="status" data-testid="connection">${connected.value ? t.connected : t.lost}</span>
      <${LanguageChoice} label=${t.language} language=${language.value} choose=${choose} />
    </header>
    <${Dial} />
    ${problem.value && html`<p class="problem" role="alert" data-testid="problem">${problem.value}</p>`}
    <section aria-labelledby="calls-title">
      <h2 id="calls-title">${t.calls}</h2>
      ${!all.length && html`<p class="muted">${t.none}</p>`}
      <ul>${all.map((call) => html`<${Call} key=${call.item} call=${call} />`)}</ul>
    </section>`;
}

const Login = () => html`
  <form class="login" onSubmit=${sending(logIn)} data-testid="login">
    <h1>${texts.value.title}</h1>
    <p class="muted">${texts.value.loginLead}</p>
    <label>${texts.value.tenant} <input name="tenant" required autocomplete="organization" autocapitalize="off" data-testid="login-tenant" /></label>
    <label>${texts.value.user} <input name="user" required autocomplete="username" autocapitalize="off" data-testid="login-user" /></label>
    <label>${texts.value.password} <input name="password" type="password" required autocomplete="current-password" data-testid="login-password" /></label>
    ${needsCode.value && html`<label>${texts.value.code} <input name="code" required autocomplete="one-time-code" data-testid="login-code" /></label>`}
    ${problem.value && html`<p class="problem" role="alert">${problem.value}</p>`}
    <button class="primary" data-testid="login-submit">${texts.value.logIn}</button>
  </form>`;

const App = () => html`
  <main>
    ${phase.value === "login" && html`<${Login} />`}
    ${phase.value === "open" && html`<${Phone} />`}
    ${phase.value === "starting" && html`<p class="muted" role="status">${texts.value.connecting}</p>`}
  </main>`;

speak(language.peek()).then(() => {
  effect(() => void (document.title = `${texts.value.title} – Parley`));
  render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("phone")));
  start();
});
