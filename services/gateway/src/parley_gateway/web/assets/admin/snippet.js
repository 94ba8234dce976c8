/** R27: the lines to paste, what a site's policy needs for them, whether they have called home, and the widget's colours. */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { ask, path } from "./api.js";
import { Colours } from "./colours.js";
import { Copy } from "./copying.js";
import { Heading } from "../shared/heading.js";
import { go, to } from "./route.js";
import { calls, isLogin, listen, sentence, services, tell, texts } from "./state.js";
import { exactly, when } from "./times.js";
import { store } from "./store.js";
import { Icon } from "../shared/icons.js";

const EVERY = 3000;

/** @type {(host: string) => string} the entries of a Content-Security-Policy: the script, and whom it talks to */
export const policy = (host) => `script-src ${host};\nconnect-src ${host} ${host.replace(/^http/, "ws")};`;

/** @param {{ name: string }} props */
function Home({ name }) {
  const t = texts.value.page;
  const heard = calls.value.services[name] ?? [];
  const [refused, setRefused] = useState("");
  useEffect(() => {
    const timer = setInterval(() => document.hidden || listen(), EVERY);
    listen();
    return () => clearInterval(timer);
  }, []);
  const allow = async (/** @type {string} */ origin) => {
    const service = services.peek()[name];
    try {
      await store("services", name, { ...service, origins: [...service.origins, origin] }, service);
      tell(t.allowed(origin));
      setRefused("");
    } catch (refusal) {
      if (!isLogin(refusal)) setRefused(sentence(refusal));
    }
  };
  const isAllowed = (/** @type {import("./types.js").Call} */ call) => call.allowed || services.value[name].origins.includes(call.origin ?? "");
  return html`
    <section class="card" data-testid="home">
      <h2>${t.home}</h2>
      <p class="hint">${t.homeHint}</p>
      <ul class="heard" aria-live="polite">
        ${heard.map((call) => html`
          <li key=${call.origin}>
            <span class=${isAllowed(call) ? "good" : "problem"}><${Icon} name=${isAllowed(call) ? "check" : "warn"} /></span>
            <span><strong class="origin">${call.origin ?? t.homeOwn}</strong> ${call.allowed ? t.homeAllowed : isAllowed(call) ? "" : t.homeRefused}
              <span class="muted">${t.asked(call.times, exactly(call.at))}</span></span>
            ${!isAllowed(call) && call.origin !== "null" && html`<button type="button" class="small" onClick=${() => allow(/** @type {string} */ (call.origin))}>${t.allow}</button>`}
          </li>`)}
      </ul>
      <p class="muted">${heard.length ? t.homeSince(when(calls.value.since)) : t.homeNone(when(calls.value.since))}</p>
      <p class="problem" role="alert">${refused}</p>
    </section>`;
}

/** @param {{ name: string }} props */
function Pasting({ name }) {
  const t = texts.value.page;
  const [snippet, setSnippet] = useState(/** @type {import("./types.js").Snippet | null} */ (null));
  const [refused, setRefused] = useState("");
  const [variant, setVariant] = useState(/** @type {"snippet" | "pinned"} */ ("snippet"));
  const service = services.value[name];
  useEffect(() => {
    ask("GET", path("services", name, "snippet")).then(setSnippet, (refusal) => isLogin(refusal) || setRefused(sentence(refusal)));
  }, [name, service.token]);
  if (!snippet) return html`<p class="card" role="status">${refused || texts.value.loading}</p>`;
  const host = new URL(/src="([^"]+)"/.exec(snippet.snippet)?.[1] ?? location.origin).origin;
  return html`
    <section class="card" data-testid="paste">
      <h2>${t.paste}</h2>
      <p class="hint">${t.pasteHint}</p>
      <fieldset class="field" data-testid="variant">
        <legend>${t.variant}</legend>
        ${/** @type {const} */ (["snippet", "pinned"]).map((value) => html`
          <div class="option" key=${value}>
            <input type="radio" id=${`variant-${value}`} name="variant" checked=${variant === value} onChange=${() => setVariant(value)} aria-describedby=${`variant-${value}-hint`} />
            <div><label for=${`variant-${value}`}>${t.variants[value]}</label><p class="hint" id=${`variant-${value}-hint`}>${t.variantHints[value]}</p></div>
          </div>`)}
      </fieldset>
      <pre class="code after" tabindex="0" role="region" aria-label=${t.example(service.name)}><code>${snippet.html.replace(snippet.snippet, () => snippet[variant]).trimEnd().split("\n").map((line, index) => (snippet.lines.includes(index + 1)
        ? html`<mark class="row" key=${index}>${`${line}\n`}</mark>`
        : html`<span class="row" key=${index}>${`${line}\n`}</span>`))}</code></pre>
      <${Copy} key=${variant} text=${snippet[variant]} label=${t.copy} primary />
    </section>
    <${Home} name=${name} key=${name} />
    <section class="card" data-testid="policy">
      <h2>${t.policy}</h2>
      <p class="hint">${t.policyHint}</p>
      <pre class="code" tabindex="0" role="region" aria-label=${t.policy}><code>${policy(host)}</code></pre>
      <${Copy} text=${policy(host)} label=${t.copyPolicy} />
    </section>
    <${Colours} title=${service.name} />`;
}

/** @param {{ name: string | undefined }} props */
export function SnippetPage({ name }) {
  const t = texts.value.page;
  const all = Object.entries(services.value);
  const chosen = name && services.value[name] ? name : name ? undefined : all[0]?.[0];
  return html`
    <${Heading} title=${t.title} lead=${t.lead} />
    ${!all.length && html`<div class="card"><p>${t.none}</p><p class="after"><a class="button primary" href=${to("new-service")}>${texts.value.service.create}</a></p></div>`}
    ${all.length > 0 && html`
      <div class="field narrow">
        <label for="which">${t.service}</label>
        <select id="which" onChange=${(/** @type {any} */ event) => go(to("snippet", event.target.value))}>
          ${all.map(([service, { name }]) => html`<option key=${service} value=${service} selected=${service === chosen}>${name}</option>`)}
        </select>
      </div>`}
    ${all.length > 0 && !chosen && html`<p class="card">${texts.value.gone}</p>`}
    ${chosen && !services.value[chosen].enabled && html`<div class="warning" role="note"><${Icon} name="warn" /><p>${t.off}</p><a class="button" href=${to("service", chosen)}>${texts.value.overview.look}</a></div>`}
    ${chosen && html`<${Pasting} name=${chosen} />`}`;
}
