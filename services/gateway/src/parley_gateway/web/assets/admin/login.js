/** The way in. What stays is the cookie that the server sets. */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { ask } from "./api.js";
import { load, loginWhy, sentence, texts } from "./state.js";

/** @param {{ children: any }} props */
export function Login({ children }) {
  const t = texts.value.login;
  const [state, setState] = useState({ busy: false, why: "" });
  useEffect(() => void (document.title = t.title), [t]);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    setState({ busy: true, why: "" });
    loginWhy.value = "";
    try {
      const { role } = await ask("POST", "/v1/login", Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (event.target))));
      if (role === "admin") return await load();
      await ask("POST", "/v1/logout");
      setState({ busy: false, why: t.notAdmin });
    } catch (refusal) {
      setState({ busy: false, why: /** @type {any} */ (refusal).status === 401 ? t.wrong : sentence(refusal) });
    }
  };
  return html`
    <main class="login">
      <form class="card" onSubmit=${submit}>
        <img src="/assets/parley.svg" alt="" width="40" height="40" />
        <h1>${t.title}</h1>
        <p class="problem" role="alert">${state.why || loginWhy.value}</p>
        <div class="field"><label for="tenant">${t.tenant}</label><input id="tenant" name="tenant" required autocomplete="organization" autocapitalize="off" aria-describedby="tenant-hint" /><p class="hint" id="tenant-hint">${t.tenantHint}</p></div>
        <div class="field"><label for="user">${t.user}</label><input id="user" name="user" required autocomplete="username" autocapitalize="off" /></div>
        <div class="field"><label for="password">${t.password}</label><input id="password" name="password" type="password" required autocomplete="current-password" /></div>
        <button class="primary" disabled=${state.busy}>${t.submit}</button>
      </form>
      ${children}
    </main>`;
}
