/** What supervisors did last: who, what, to whom, why and when. */
import { html } from "../vendor/preact-htm-signals.js";
import { moment } from "../desk/texts.js";
import { texts } from "./language.js";
import { doings } from "./state.js";

export function Doings() {
  const t = texts.value.doings;
  return html`
    <section class="panel doings" aria-labelledby="doings-title" data-testid="doings">
      <h2 id="doings-title" tabindex="-1">${t.title}</h2>
      ${!doings.value.length && html`<p class="empty">${t.none}</p>`}
      <div aria-live="polite"><ol>${doings.value.map(({ key, at, by, act, whom, what, why }) => html`
        <li key=${key} data-testid="doing" data-act=${act}><time datetime=${at}>${moment(at)}</time> <b><bdi>${by.name}</bdi></b> ${t.acts[act] ?? act}
          ${what && html` <bdi>${what}</bdi>`}${whom && html` · ${t.agent} <bdi>${whom}</bdi>`}${why && html` · ${t.why} <bdi>${why}</bdi>`}</li>`)}</ol></div>
    </section>`;
}
