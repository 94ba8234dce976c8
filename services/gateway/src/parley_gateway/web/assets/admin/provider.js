/** The company's provider of logins (OpenID Connect): which one, and which of its people are what here. */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { confirmed } from "../shared/question.js";
import { ask, path } from "./api.js";
import { Area, Select, Text } from "./fields.js";
import { onlyWrong, SaveBar, textError, useForm } from "./form.js";
import { Heading } from "../shared/heading.js";
import { areRoles, lines, rolesOf, rolesText } from "./lists.js";
import { to } from "./route.js";
import { isLogin, me, sentence, tell, texts } from "./state.js";
import { removeProvider, storeProvider } from "./store.js";

/** @typedef {import("./types.js").Provider} Provider */

const CLAIM = 100;

/** @type {(issuer: string) => Provider} what is usual */
const usual = (issuer) => ({
  issuer, client_id: "", has_secret: false, user_claim: "preferred_username", roles_claim: "roles", roles: {}, require_claim: "", require_values: [], scope: "openid profile email",
});

export function ProviderPage() {
  const t = texts.value.provider;
  const issuers = me.value?.issuers ?? [];
  const [found, setFound] = useState(/** @type {Provider | null} */ (null));
  const [refused, setRefused] = useState("");
  const load = async () => {
    try {
      setFound(me.peek()?.provider ? await ask("GET", path("oidc")) : usual(issuers[0] ?? ""));
    } catch (refusal) {
      if (!isLogin(refusal)) setRefused(sentence(refusal));
    }
  };
  useEffect(() => void load(), []);
  const take = async () => {
    if (!(await confirmed(t.takeAsk, t.takeText, t.takeDo, texts.peek().form.cancel))) return;
    try {
      await removeProvider();
      tell(t.taken);
      await load();
    } catch (refusal) {
      if (!isLogin(refusal)) setRefused(sentence(refusal));
    }
  };
  return html`
    <${Heading} title=${t.title} lead=${t.lead} />
    <p class="problem" role="alert">${refused}</p>
    ${!issuers.length && html`<section class="card"><p>${t.none} <code class="mono">PARLEY_OIDC_ISSUERS</code></p></section>`}
    ${found && issuers.length > 0 && html`<${ProviderForm} found=${found} onSaved=${setFound} issuers=${issuers} />`}
    ${me.value?.provider && html`
      <section class="card removal">
        <div><h2>${t.take}</h2><p class="hint">${t.takeHint}</p></div>
        <button type="button" class="danger" onClick=${take}>${t.takeDo}</button>
      </section>`}`;
}

/** @param {{ found: Provider, issuers: string[], onSaved: (provider: Provider) => void }} props */
function ProviderForm({ found, issuers, onSaved }) {
  const t = texts.value.provider;
  const form = useForm({
    key: to("provider"),
    base: found,
    show: (base) => ({ ...base, secret: "", roles: rolesText(base.roles), require_values: base.require_values.join("\n") }),
    read: ({ has_secret: _, secret, ...value }) => ({
      ...value, roles: rolesOf(value.roles), require_values: lines(value.require_values), ...(secret ? { client_secret: secret } : {}),
    }),
    check: (value) => onlyWrong({
      client_id: textError(value.client_id, 200),
      user_claim: textError(value.user_claim, CLAIM),
      roles_claim: textError(value.roles_claim, CLAIM),
      roles: areRoles(value.roles) ? "" : t.rolesWrong,
      require_claim: textError(value.require_claim, CLAIM, true),
      require_values: value.require_claim && !lines(value.require_values).length ? texts.peek().form.required : "",
      scope: /^openid( [!-~]+)*$/.test(value.scope) ? "" : t.scopeWrong,
    }),
    save: async (content) => onSaved(await storeProvider(content)),
  });
  return html`
    <form onSubmit=${form.submit} noValidate>
      <section class="card">
        <${Select} form=${form} field="issuer" label=${t.issuer} options=${issuers.map((each) => [each, each])} />
        <${Text} form=${form} field="client_id" label=${t.client} mono />
        <${Text} form=${form} field="secret" label=${t.secret} hint=${found.has_secret ? t.secretKept : t.secretHint} type="password" autocomplete="new-password" optional />
        <p class="hint">${t.back} <code class="mono">${location.origin}/v1/oidc/callback</code></p>
      </section>
      <section class="card">
        <h2>${t.who}</h2>
        <${Text} form=${form} field="user_claim" label=${t.userClaim} hint=${t.userClaimHint} mono />
        <${Text} form=${form} field="roles_claim" label=${t.rolesClaim} mono />
        <${Area} form=${form} field="roles" label=${t.roles} hint=${t.rolesHint} rows=${4} mono placeholder="chat-agents = agent" />
        <${Text} form=${form} field="require_claim" label=${t.requireClaim} hint=${t.requireHint} mono optional />
        <${Area} form=${form} field="require_values" label=${t.requireValues} rows=${2} mono optional />
        <${Text} form=${form} field="scope" label=${t.scope} mono />
      </section>
      <${SaveBar} form=${form} />
    </form>`;
}
