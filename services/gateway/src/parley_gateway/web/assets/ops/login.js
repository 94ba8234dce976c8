/** The way in. What stays is the cookie that the server sets. */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { toProvider } from "../shared/provider.js";
import { ask } from "../shared/ask.js";
import { forgetWhy, load, loginWhy, mark, sentence, texts } from "./state.js";

/** @param {{ children: any }} props */
export function Login({ children }) {
  const t = texts.value.login;
  const [state, setState] = useState({ busy: false, why: "" });
  const [code, setCode] = useState(false);
  useEffect(() => void (document.title = t.title), [t]);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    setState({ busy: true, why: "" });
    forgetWhy();
    try {
      const { role, second_factor: factor } = await ask("POST", "/v1/login", Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (event.target))));
      if (factor === "missing") return location.assign("/account");
      if (role === "ops") return await load();
      await ask("POST", "/v1/logout");
      setState({ busy: false, why: t.notOps });
    } catch (refusal) {
      const { status, factor: asked } = /** @type {any} */ (refusal);
      if (asked) setCode(true);
      const why = asked ? (asked === "wrong" ? t.wrongCode : t.code) : status === 401 ? t.wrong : sentence(refusal);
      setState({ busy: false, why });
    }
  };
  const elsewhere = (/** @type {any} */ event) => (mark(true), toProvider(event, "/ops"));
  return html`
    <main class="login">
      <form class="card" onSubmit=${submit}>
        <img src="/assets/parley.svg" alt="" width="40" height="40" />
        <h1>${t.title}</h1>
        <p class="problem" role="alert">${state.why || loginWhy.value}</p>
        <div class="field"><label for="tenant">${t.tenant}</label><input id="tenant" name="tenant" required autocomplete="organization" autocapitalize="off" aria-describedby="tenant-hint" /><p class="hint" id="tenant-hint">${t.tenantHint}</p></div>
        <div class="field"><label for="user">${t.user}</label><input id="user" name="user" required autocomplete="username" autocapitalize="off" /></div>
        <div class="field"><label for="password">${t.password}</label><input id="password" name="password" type="password" required autocomplete="current-password" /></div>
        ${code && html`<div class="field"><label for="code">${t.codeLabel}</label><input id="code" name="code" required autocomplete="one-time-code" /></div>`}
        <button class="primary" disabled=${state.busy}>${t.submit}</button>
        <p class="hint"><a href="/account" onClick=${elsewhere} data-testid="login-elsewhere">${t.elsewhere}</a></p>
        <p class="hint"><a href="/account">${t.account}</a></p>
      </form>
      ${children}
    </main>`;
}
