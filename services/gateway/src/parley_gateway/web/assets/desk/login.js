/** The way in. What stays is the cookie that the server sets. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { LanguageChoice } from "../shared/choice.js";
import { start } from "./desk.js";
import { choose, language, texts } from "./language.js";

/** @type {(form: FormData) => Promise<string>} nothing, or why it failed */
async function logIn(form) {
  const t = texts.peek();
  const answer = await fetch("/v1/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(Object.fromEntries(form)),
  }).catch(() => null);
  if (!answer) return t.unreachable;
  if (answer.status === 401) return t.login.wrong;
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) return body.detail || body.title || t.failed;
  return ["agent", "supervisor"].includes(body.role) ? "" : t.noDesk;
}

export function Login() {
  const t = texts.value.login;
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
        <h1>${texts.value.title}</h1>
        <label>${t.tenant} <input name="tenant" required autocomplete="organization" autocapitalize="off" data-testid="login-tenant" /></label>
        <label>${t.user} <input name="user" required autocomplete="username" autocapitalize="off" data-testid="login-user" /></label>
        <label>${t.password} <input name="password" type="password" required autocomplete="current-password" data-testid="login-password" /></label>
        ${state.why && html`<p class="problem" role="alert">${state.why}</p>`}
        <button class="primary" disabled=${state.busy} data-testid="login-submit">${t.submit}</button>
        <${LanguageChoice} label=${texts.value.language} language=${language.value} choose=${choose} />
      </form>
    </main>`;
}
