/** The widget's colours: chosen, seen, their contrast worked out, and the CSS that puts them on a website. */
import { html, signal, useState } from "../vendor/preact-htm-signals.js";
import { css, hex, judged, NEEDED, rounded, USUAL, usual } from "./contrast.js";
import { Copy } from "./copying.js";
import { language, texts } from "./state.js";
import { Icon } from "../shared/icons.js";

/** @typedef {import("./contrast.js").Scheme} Scheme */

/** As long as the page is open. @type {{ value: Record<Scheme, import("./contrast.js").Palette> }} */
const palettes = signal(usual());

/** @type {{ value: Scheme }} */
const scheme = signal(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

/** @param {{ name: string }} props */
function Picker({ name }) {
  const t = texts.value.page;
  const label = t.names[/** @type {keyof typeof t.names} */ (name)];
  const colour = palettes.value[scheme.value][name];
  const [typed, setTyped] = useState(/** @type {string | null} */ (null)); // while it is no colour yet
  const take = (/** @type {string} */ text) => {
    const found = hex(text);
    setTyped(found === text.trim().toLowerCase() ? null : text);
    if (found) palettes.value = { ...palettes.value, [scheme.value]: { ...palettes.value[scheme.value], [name]: found } };
  };
  const wrong = typed !== null && !hex(typed);
  const id = `colour-${name}`;
  return html`
    <div class="picker">
      <label for=${id}>${label}</label>
      <input type="color" aria-label=${t.picker(label)} value=${colour} onInput=${(/** @type {any} */ event) => take(event.target.value)} />
      <input id=${id} class="mono" value=${typed ?? colour} onInput=${(/** @type {any} */ event) => take(event.target.value)} onBlur=${() => wrong || setTyped(null)} aria-invalid=${wrong ? "true" : undefined} aria-describedby=${wrong ? `${id}-error` : undefined} autocomplete="off" spellcheck=${false} maxlength="7" />
      ${wrong && html`<p class="error" id=${`${id}-error`}>${t.colourWrong}</p>`}
    </div>`;
}

/** @param {{ title: string }} props */
function Preview({ title }) {
  const t = texts.value.page;
  const palette = palettes.value[scheme.value];
  const style = Object.fromEntries(Object.keys(USUAL).map((name) => [`--w-${name}`, palette[name]]));
  return html`
    <div class="preview" style=${style} role="img" aria-label=${t.preview} data-testid="preview">
      <div class="w-panel">
        <div class="w-head"><b dir="auto">${title}</b><span class="w-status">${t.previewStatus}</span></div>
        <div class="w-log">
          <span class="w-who">${t.previewAgent}</span>
          <span class="w-text">${t.previewHello}</span>
          <span class="w-text w-own">${t.previewQuestion}</span>
          <span class="w-who">${t.previewAgent}</span>
          <span class="w-text">${t.previewAnswer}</span>
        </div>
        <div class="w-form"><span>${t.previewBox}</span><svg width="20" height="20" viewBox="0 0 24 24"><path d="M12 20V5M6 11l6-6 6 6" /></svg></div>
      </div>
      <svg class="w-button" width="58" height="58" viewBox="-15 -15 54 54"><circle cx="12" cy="12" r="27" /><path d="M-1 22V8a7 7 0 0 1 7-7h12a7 7 0 0 1 7 7v7a7 7 0 0 1-7 7z" /></svg>
    </div>`;
}

function Contrasts() {
  const t = texts.value.page;
  const other = scheme.value === "light" ? "dark" : "light";
  const bad = judged(palettes.value[other]).filter(({ enough }) => !enough).length;
  const number = new Intl.NumberFormat(language.value, { minimumFractionDigits: 1 });
  return html`
    <h3>${t.contrast}</h3>
    <ul class="contrasts" data-testid="contrast">
      ${judged(palettes.value[scheme.value]).map(({ pair, ratio, enough }) => html`
        <li key=${pair} data-pair=${pair} class=${enough ? "good" : "problem"}>
          <${Icon} name=${enough ? "check" : "warn"} />
          <span>${t.pairs[/** @type {keyof typeof t.pairs} */ (pair)]}</span>
          <span><b>${number.format(rounded(ratio))} : 1</b> ${enough ? t.enough(NEEDED) : t.tooLittle(NEEDED)}</span>
        </li>`)}
    </ul>
    <p class=${bad ? "problem" : "muted"}>${t.otherScheme(bad)}</p>`;
}

/** @param {{ title: string }} props what the widget is called */
export function Colours({ title }) {
  const t = texts.value.page;
  const sheet = css(palettes.value);
  return html`
    <section class="card" data-testid="colours">
      <h2>${t.colours}</h2>
      <p class="hint">${t.coloursHint}</p>
      <div class="switch" role="group" aria-label=${t.scheme}>
        ${/** @type {Scheme[]} */ (["light", "dark"]).map((each) => html`<button type="button" key=${each} aria-pressed=${scheme.value === each} onClick=${() => (scheme.value = each)}>${t[each]}</button>`)}
      </div>
      <div class="colours">
        <div>
          ${Object.keys(USUAL).map((name) => html`<${Picker} name=${name} key=${`${scheme.value}-${name}`} />`)}
          <button type="button" class="small" disabled=${!sheet} onClick=${() => (palettes.value = usual())}>${t.reset}</button>
        </div>
        <${Preview} title=${title} />
      </div>
      <${Contrasts} />
      <h3>${t.css}</h3>
      ${sheet
        ? html`
          <pre class="code" tabindex="0" role="region" aria-label=${t.css}><code>${sheet}</code></pre>
          <p class="hint">${t.cssBoth}</p>
          <${Copy} text=${sheet} label=${t.copyCss} />`
        : html`<p class="muted">${t.cssNone}</p>`}
    </section>`;
}
