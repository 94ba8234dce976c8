/** What people have of their own, whatever their role: logins, password, second factor; and where links for a password lead. */
import { effect, html, render, useState } from "../vendor/preact-htm-signals.js";
import { ask } from "../shared/ask.js";
import { LanguageChoice } from "../shared/choice.js";
import { toProvider } from "../shared/provider.js";
import { changePassword, end, factor, link, logIn, logins, logOut, phase, said, sentence, start, useLink } from "./account.js";
import { SecondFactor } from "./factor.js";
import { Field, useSending } from "./fields.js";
import { choose, language, speak, texts } from "./language.js";

const LEAST = 8;

/** @param {string} at */
const when = (at) => new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));

/** @param {{ children?: any }} props */
const Said = () => html`<p class=${said.value ? "said" : "said none"} role="status" data-testid="said">${said.value}</p>`;

function Login() {
  const t = texts.value.login;
  const [asksCode, setAsksCode] = useState(false);
  const [forgot, setForgot] = useState(false);
  const [sent, setSent] = useState(false);
  const wrong = (/** @type {any} */ refusal) => {
    if (refusal.factor) setAsksCode(true);
    if (refusal.factor === "needed") return "";
    return refusal.factor === "wrong" ? t.wrongCode : refusal.status === 401 ? t.wrong : sentence(refusal);
  };
  const enter = useSending(({ code, ...fields }) => logIn(code ? { ...fields, code } : fields), wrong);
  const remind = useSending(async ({ tenant, user }) => (await ask("POST", "/v1/password/forgotten", { tenant, user, language: language.peek() }), setSent(true)));
  const elsewhere = (/** @type {any} */ event) => toProvider(event, "/desk");
  const who = html`
    <${Field} name="tenant" label=${t.tenant} autocomplete="organization" />
    <${Field} name="user" label=${t.user} autocomplete="username" />`;
  if (forgot) {
    return html`
      <form class="card narrow" key="forgot" onSubmit=${remind.submit}>
        <h1>${t.forgotten}</h1>
        <p class="hint">${sent ? t.sent : t.forgottenLead}</p>
        ${!sent && who}
        <p class="problem" role="alert">${remind.why}</p>
        ${!sent && html`<button class="primary" disabled=${remind.busy}>${t.forgottenSubmit}</button>`}
        <button type="button" class="quiet" onClick=${() => (setForgot(false), setSent(false))}>${t.back}</button>
      </form>`;
  }
  return html`
    <form class="card narrow" key="login" onSubmit=${enter.submit} data-testid="login">
      <img src="/assets/parley.svg" alt="" width="40" height="40" />
      <h1>${texts.value.title}</h1>
      <${Said} />
      <p class="hint">${t.lead}</p>
      ${who}
      <${Field} name="password" type="password" label=${t.password} autocomplete="current-password" />
      ${asksCode && html`<${Field} name="code" label=${t.code} hint=${t.codeHint} autocomplete="one-time-code" />`}
      <p class="problem" role="alert">${enter.why}</p>
      <button class="primary" disabled=${enter.busy} data-testid="login-submit">${t.submit}</button>
      <button type="button" class="quiet" onClick=${elsewhere} data-testid="provider">${t.provider}</button>
      <button type="button" class="quiet" onClick=${() => setForgot(true)}>${t.forgotten}</button>
    </form>`;
}

function FromLink() {
  const t = texts.value;
  const setting = useSending(({ password }) => useLink(password));
  const mine = link.value;
  if (!mine) return html`<section class="card narrow"><h1>${t.title}</h1><p class="problem" role="alert">${t.link.gone}</p><a href="/account">${t.login.back}</a></section>`;
  return html`
    <form class="card narrow" onSubmit=${setting.submit}>
      <h1>${t.link[mine.kind]}</h1>
      <p class="hint">${t.link.lead(mine.user, mine.tenant)}</p>
      <input type="hidden" name="username" autocomplete="username" value=${mine.user} />
      <${Field} name="password" type="password" label=${t.password.new} hint=${t.password.hint(mine.password_length)} autocomplete="new-password" />
      <p class="problem" role="alert">${setting.why}</p>
      <button class="primary" disabled=${setting.busy} data-testid="link-submit">${t.link.submit}</button>
    </form>`;
}

function Password() {
  const t = texts.value.password;
  const changing = useSending((fields) => changePassword(fields));
  return html`
    <form class="card" onSubmit=${changing.submit} data-testid="password">
      <h2>${t.title}</h2>
      <${Field} name="old" type="password" label=${t.old} autocomplete="current-password" />
      <${Field} name="new" type="password" label=${t.new} hint=${t.hint(LEAST)} autocomplete="new-password" />
      <p class="problem" role="alert">${changing.why}</p>
      <button class="primary" disabled=${changing.busy} data-testid="password-submit">${t.submit}</button>
    </form>`;
}

function Logins() {
  const t = texts.value.logins;
  return html`
    <section class="card" aria-labelledby="logins-title">
      <h2 id="logins-title">${t.title}</h2>
      <ul class="logins" data-testid="logins">
        ${logins.value.map((each) => html`
          <li key=${each.login}>
            <div><b dir="auto">${each.browser || "–"}</b>${each.here && html` <span class="here">${t.here}</span>`}
              <p class="hint">${each.address} · ${t.since(when(each.began_at))} · ${t.used(when(each.seen_at))}</p></div>
            <button type="button" class="small" onClick=${() => end(each.login)} aria-label=${`${t.end}: ${each.browser}`}>${t.end}</button>
          </li>`)}
      </ul>
      ${logins.value.length > 1 && html`<button type="button" onClick=${() => end("")} data-testid="end-others">${t.endOthers}</button>`}
    </section>`;
}

function Account() {
  const must = factor.value?.demanded && !factor.value.on;
  return html`
    <header>
      <h1>${texts.value.title}</h1>
      <button type="button" class="quiet" onClick=${logOut} data-testid="logout">${texts.value.logOut}</button>
    </header>
    <${Said} />
    <${SecondFactor} />
    ${!must && html`<${Password} /><${Logins} />`}`;
}

const App = () => html`
  <main>
    ${phase.value === "login" && html`<${Login} />`}
    ${phase.value === "link" && html`<${FromLink} />`}
    ${phase.value === "open" && html`<${Account} />`}
    ${phase.value === "starting" && html`<p class="hint" role="status">${texts.value.loading}</p>`}
    <p class="language"><${LanguageChoice} label=${texts.value.language} language=${language.value} choose=${choose} /></p>
  </main>`;

speak(language.peek()).then(() => {
  effect(() => void (document.title = `${texts.value.title} – Parley`));
  render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("account")));
  start();
});
