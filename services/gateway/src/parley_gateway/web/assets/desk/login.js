/** The way in. What stays is the cookie that the server sets. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { start } from "./desk.js";

/** @type {(form: FormData) => Promise<string>} nothing, or why it failed */
async function logIn(form) {
  const answer = await fetch("/v1/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(Object.fromEntries(form)),
  }).catch(() => null);
  if (!answer) return "The server cannot be reached. Try again in a moment.";
  if (answer.status === 401) return "Tenant, user or password is wrong.";
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) return body.detail || body.title || "Logging in did not work. Try again.";
  return ["agent", "supervisor"].includes(body.role) ? "" : "This user has no desk. Log in as an agent.";
}

export function Login() {
  const [state, setState] = useState({ busy: false, why: "" });
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    setState({ busy: true, why: "" });
    const why = await logIn(new FormData(/** @type {HTMLFormElement} */ (event.target)));
    setState({ busy: false, why });
    if (!why) start();
  };
  return html`
    <main class="login">
      <form onSubmit=${submit} data-testid="login">
        <img src="/assets/parley.svg" alt="" width="40" height="40" />
        <h1>Parley desk</h1>
        <label>Tenant <input name="tenant" required autocomplete="organization" autocapitalize="off" data-testid="login-tenant" /></label>
        <label>User <input name="user" required autocomplete="username" autocapitalize="off" data-testid="login-user" /></label>
        <label>Password <input name="password" type="password" required autocomplete="current-password" data-testid="login-password" /></label>
        ${state.why && html`<p class="problem" role="alert">${state.why}</p>`}
        <button class="primary" disabled=${state.busy} data-testid="login-submit">Log in</button>
      </form>
    </main>`;
}
