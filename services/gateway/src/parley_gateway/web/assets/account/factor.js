/** One's own second factor: set up, other recovery codes, switched off. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { ask } from "../shared/ask.js";
import { factor, home, load } from "./account.js";
import { Field, useSending } from "./fields.js";
import { texts } from "./language.js";

/** @param {{ codes: string[], done: () => void }} props */
const Codes = ({ codes, done }) => html`
  <h3>${texts.value.factor.codes}</h3>
  <p class="hint">${texts.value.factor.codesLead}</p>
  <ul class="codes" data-testid="recovery-codes">${codes.map((code) => html`<li key=${code}>${code}</li>`)}</ul>
  <button type="button" class="primary" onClick=${done} data-testid="codes-kept">${texts.value.factor.kept}</button>`;

/** @param {{ shown: (codes: string[]) => void }} props */
function SetUp({ shown }) {
  const t = texts.value.factor;
  const [begun, setBegun] = useState(/** @type {any} */ (null));
  const begin = useSending(async ({ password }) => setBegun(await ask("POST", "/v1/second_factor", { password })));
  const confirm = useSending(async ({ code }) => shown((await ask("PUT", "/v1/second_factor", { code })).recovery_codes));
  if (!begun) {
    return html`
      <form onSubmit=${begin.submit}>
        <${Field} name="password" type="password" label=${t.password} autocomplete="current-password" />
        <p class="problem" role="alert">${begin.why}</p>
        <button class="primary" disabled=${begin.busy} data-testid="factor-begin">${t.begin}</button>
      </form>`;
  }
  return html`
    <p class="hint">${t.scan}</p>
    <img class="picture" src=${begun.picture} alt=${t.picture} />
    <p class="hint">${t.secret}: <code data-testid="secret">${begun.secret}</code></p>
    <form onSubmit=${confirm.submit}>
      <${Field} name="code" label=${t.code} inputmode="numeric" autocomplete="one-time-code" />
      <p class="problem" role="alert">${confirm.why}</p>
      <button class="primary" disabled=${confirm.busy} data-testid="factor-confirm">${t.confirm}</button>
    </form>`;
}

/** @param {{ shown: (codes: string[]) => void }} props */
function Change({ shown }) {
  const t = texts.value.factor;
  const change = useSending(async ({ code }, how) => {
    if (how === "end") await ask("POST", "/v1/second_factor/end", { code });
    else shown((await ask("POST", "/v1/second_factor/recovery_codes", { code })).recovery_codes);
    if (how === "end") await load();
  });
  return html`
    <form onSubmit=${change.submit}>
      <${Field} name="code" label=${t.code} autocomplete="one-time-code" />
      <p class="problem" role="alert">${change.why}</p>
      <div class="row">
        <button disabled=${change.busy} value="codes">${t.newCodes}</button>
        ${!factor.value?.demanded && html`<button class="danger" disabled=${change.busy} value="end" data-testid="factor-end">${t.end}</button>`}
      </div>
    </form>`;
}

export function SecondFactor() {
  const t = texts.value.factor;
  const [codes, setCodes] = useState(/** @type {string[]} */ ([]));
  const standing = factor.value;
  if (!standing) return null;
  const done = () => (setCodes([]), load());
  return html`
    <section class="card" aria-labelledby="factor-title">
      <h2 id="factor-title">${t.title}</h2>
      <p class=${standing.demanded && !standing.on ? "demand" : "hint"} data-testid="factor">${standing.on ? `${t.on} ${t.left(standing.recovery_codes_left)}` : standing.demanded ? t.demanded : t.off}</p>
      ${codes.length ? html`<${Codes} codes=${codes} done=${done} />` : standing.on ? html`<${Change} shown=${setCodes} />` : html`<${SetUp} shown=${setCodes} />`}
      ${standing.on && home.value && !codes.length && html`<p><a href=${home.value}>${t.toDesk}</a></p>`}
    </section>`;
}
