/** The way in. What stays is the cookie that the server sets. */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { ask } from "../shared/ask.js";
import { LanguageChoice } from "../shared/choice.js";
import { toProvider } from "../shared/provider.js";
import { start } from "./floor.js";
import { choose, deskTexts, language, texts } from "./language.js";
import { loginWhy } from "./state.js";

/** @type {(form: HTMLFormElement) => Promise<{ why: string, code?: boolean }>} nothing, or why it failed; `code`: that of a second factor is asked for */
async function logIn(form) {
  const t = deskTexts.peek();
  try {
    const { role, second_factor: factor } = await ask("POST", "/v1/login", Object.fromEntries(new FormData(form)));
    if (factor === "missing") location.assign("/account");
    if (factor === "missing" || role === "supervisor") return { why: "" };
    await ask("POST", "/v1/logout");
    return { why: texts.peek().login.notSupervisor };
  } catch (refusal) {
    const { status, factor, message } = /** @type {import("../shared/ask.js").Refusal} */ (refusal);
    if (factor) return { why: factor === "wrong" ? t.login.wrongCode : t.login.code, code: true };
    if (status === 401) return { why: t.login.wrong };
    return { why: status ? message || t.failed : t.unreachable };
  }
}

export function Login() {
  const t = deskTexts.value.login;
  const { title } = texts.value;
  const [state, setState] = useState({ busy: false, why: "" });
  const [needsCode, setNeedsCode] = useState(false);
  useEffect(() => void (document.title = title), [title]);
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    setState({ busy: true, why: "" });
    const { why, code } = await logIn(/** @type {HTMLFormElement} */ (event.target));
    setState({ busy: false, why });
    if (code) setNeedsCode(true);
    if (!why) start();
  };
  const why = state.busy ? "" : state.why || loginWhy.value;
  return html`
    <main class="login">
      <form onSubmit=${submit} data-testid="login">
        <img src="/assets/parley.svg" alt="" width="40" height="40" />
        <h1>${title}</h1>
        <label>${t.tenant} <input name="tenant" required autocomplete="organization" autocapitalize="off" data-testid="login-tenant" /></label>
        <label>${t.user} <input name="user" required autocomplete="username" autocapitalize="off" data-testid="login-user" /></label>
        <label>${t.password} <input name="password" type="password" required autocomplete="current-password" data-testid="login-password" /></label>
        ${needsCode && html`<label>${t.codeLabel} <input name="code" required autocomplete="one-time-code" data-testid="login-code" /></label>`}
        ${why && html`<p class="problem" role="alert">${why}</p>`}
        <button class="primary" disabled=${state.busy} data-testid="login-submit">${t.submit}</button>
        <a href="/account" onClick=${(/** @type {any} */ event) => toProvider(event, "/supervisor")} data-testid="login-elsewhere">${t.elsewhere}</a>
        <a href="/account">${t.account}</a>
        <${LanguageChoice} label=${deskTexts.value.language} language=${language.value} choose=${choose} />
      </form>
    </main>`;
}
