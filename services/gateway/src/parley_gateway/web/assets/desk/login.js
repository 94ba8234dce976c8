/** The way in. What stays is the cookie that the server sets. */
import { html, signal, useState } from "../vendor/preact-htm-signals.js";
import { LanguageChoice } from "../shared/choice.js";
import { toProvider } from "../shared/provider.js";
import { start } from "./desk.js";
import { choose, language, texts } from "./language.js";

const needsCode = signal(false);

/** The end of the login before: the next one begins after it, for both set the cookie. @type {{ done: Promise<any> }} */
export const leaving = { done: Promise.resolve() };

/** @type {(form: FormData) => Promise<string>} nothing, or why it failed */
async function logIn(form) {
  const t = texts.peek();
  await leaving.done;
  const answer = await fetch("/v1/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(Object.fromEntries(form)),
  }).catch(() => null);
  if (!answer) return t.unreachable;
  const body = await answer.json().catch(() => ({}));
  if (body.second_factor === "missing") return location.assign("/account"), "";
  if (body.second_factor) return (needsCode.value = true), body.second_factor === "wrong" ? t.login.wrongCode : t.login.code;
  if (answer.status === 401) return t.login.wrong;
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
  const elsewhere = (/** @type {any} */ event) => toProvider(event, "/desk");
  return html`
    <main class="login">
      <form onSubmit=${submit} data-testid="login">
        <img src="/assets/parley.svg" alt="" width="40" height="40" />
        <h1>${texts.value.title}</h1>
        <label>${t.tenant} <input name="tenant" required autocomplete="organization" autocapitalize="off" data-testid="login-tenant" /></label>
        <label>${t.user} <input name="user" required autocomplete="username" autocapitalize="off" data-testid="login-user" /></label>
        <label>${t.password} <input name="password" type="password" required autocomplete="current-password" data-testid="login-password" /></label>
        ${needsCode.value && html`<label>${t.codeLabel} <input name="code" required autocomplete="one-time-code" data-testid="login-code" /></label>`}
        ${state.why && html`<p class="problem" role="alert">${state.why}</p>`}
        <button class="primary" disabled=${state.busy} data-testid="login-submit">${t.submit}</button>
        <a href="/account" onClick=${elsewhere} data-testid="login-elsewhere">${t.elsewhere}</a>
        <a href="/account">${t.account}</a>
        <${LanguageChoice} label=${texts.value.language} language=${language.value} choose=${choose} />
      </form>
    </main>`;
}
