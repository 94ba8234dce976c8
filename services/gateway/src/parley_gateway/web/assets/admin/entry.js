/** How somebody gets in: a link for their password, where they are logged in, the end of a second factor. */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { ask, path } from "./api.js";
import { confirmed } from "../shared/question.js";
import { isLogin, language, sentence, texts } from "./state.js";
import { when } from "./times.js";

/** @typedef {{ login: string, began_at: string, seen_at: string, address: string, browser: string }} Login */

/** @param {{ name: string, agent: import("./types.js").Agent }} props */
export function Entry({ name, agent }) {
  const t = texts.value.entry;
  const [logins, setLogins] = useState(/** @type {Login[]} */ ([]));
  const [made, setMade] = useState(/** @type {any} */ (null));
  const [refused, setRefused] = useState("");
  const doing = async (/** @type {() => Promise<any>} */ what) => {
    setRefused("");
    try {
      await what();
    } catch (refusal) {
      if (!isLogin(refusal)) setRefused(sentence(refusal));
    }
  };
  const load = () => doing(async () => setLogins((await ask("GET", path("agents", name, "logins"))).logins));
  useEffect(() => void load(), [name]);
  const give = () => doing(async () => setMade(await ask("POST", path("agents", name, "link"), { language: language.peek() })));
  const end = () => doing(async () => (await ask("DELETE", path("agents", name, "logins")), load()));
  const forget = async () => {
    if (await confirmed(t.factorAsk(agent.name), t.factorText, t.factorEnd, texts.peek().form.cancel)) {
      await doing(async () => (await ask("DELETE", path("agents", name, "second_factor")), load()));
    }
  };
  return html`
    <section class="card entry">
      <h2>${t.title}</h2>
      <p class="problem" role="alert">${refused}</p>
      <p class="hint">${agent.invited ? t.invited : t.linkHint}</p>
      ${made && html`<p role="status" data-testid="link">${made.mailed_to ? t.mailed(made.mailed_to) : html`${t.shown} <code class="mono">${made.link}</code>`} ${t.until(when(made.expires_at))}</p>`}
      <div class="amount">
        <button type="button" onClick=${give} data-testid="make-link">${agent.invited ? t.invite : t.reset}</button>
        <button type="button" onClick=${forget}>${t.factorEnd}</button>
        ${logins.length > 0 && html`<button type="button" class="danger" onClick=${end} data-testid="end-logins">${t.end}</button>`}
      </div>
      <ul class="entries" data-testid="logins">
        ${logins.map((each) => html`<li key=${each.login}><span dir="auto">${each.browser || "–"}</span> <span class="muted">${each.address} · ${t.used(when(each.seen_at))}</span></li>`)}
      </ul>
      ${!logins.length && html`<p class="muted">${t.nowhere}</p>`}
    </section>`;
}
