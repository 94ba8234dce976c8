/** The licence: whether it holds and why not, what it allows, another one (R1). */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { Area } from "./fields.js";
import { onlyWrong, SaveBar, textError, useForm } from "./form.js";
import { Heading } from "../shared/heading.js";
import { confirmed } from "../shared/question.js";
import { to } from "./route.js";
import { isLogin, licence, sentence, tell, texts } from "./state.js";
import { placeLicence } from "./store.js";
import { when } from "./times.js";
import { Icon } from "../shared/icons.js";

const MOST = 8000;
const DAY = 86_400_000;
const NONE = { licence: "" };

export function LicencePage() {
  const t = texts.value.lic;
  const { valid, reason, customer, features, seats = 0, seats_used: used, issued_at: issued, expires_at: expires } = licence.value;
  const [refused, setRefused] = useState("");
  const form = useForm({
    key: to("licence"),
    base: NONE,
    check: ({ licence }) => onlyWrong({ licence: textError(licence, MOST) }),
    save: async ({ licence: text }) => {
      await placeLicence(text.trim());
      tell(t.placed);
    },
  });
  const take = async () => {
    if (!(await confirmed(t.takeAsk, t.takeText, t.takeDo, texts.peek().form.cancel))) return;
    try {
      await placeLicence(null);
      tell(t.taken);
      setRefused("");
    } catch (refusal) {
      if (!isLogin(refusal)) setRefused(sentence(refusal));
    }
  };
  const days = expires ? Math.floor((Date.parse(expires) - Date.now()) / DAY) : 0;
  return html`
    <${Heading} title=${t.title} lead=${t.lead} />
    <section class="card" data-testid="licence">
      <p class=${`verdict ${valid ? "good" : "problem"}`}><${Icon} name=${valid ? "check" : "warn"} /> ${valid ? t.valid : t.invalid}</p>
      ${reason && html`<p lang="en" class="problem">${reason}</p>`}
      <dl class="pairs">
        ${customer && html`<div><dt>${t.customer}</dt><dd dir="auto">${customer}</dd></div>`}
        ${features && html`<div><dt>${t.features}</dt><dd class="mono">${features.join(", ") || texts.value.form.none}</dd></div>`}
        <div><dt>${t.seats}</dt><dd>${seats.toLocaleString()}</dd></div>
        <div><dt>${t.seatsUsed}</dt><dd>${used.toLocaleString()}</dd></div>
        ${issued && html`<div><dt>${t.issued}</dt><dd>${when(issued)}</dd></div>`}
        ${expires && html`<div><dt>${t.expires}</dt><dd>${when(expires)}${days >= 0 ? html` <span class="muted">(${t.left(days)})</span>` : ""}</dd></div>`}
      </dl>
    </section>
    <form onSubmit=${form.submit} noValidate>
      <section class="card">
        <h2>${t.put}</h2>
        <${Area} form=${form} field="licence" label=${t.text} hint=${t.textHint} rows=${5} mono />
      </section>
      <${SaveBar} form=${form} label=${t.submit} />
    </form>
    ${customer && html`
      <section class="card removal">
        <div><h2>${t.take}</h2><p class="hint">${t.takeHint}</p><p class="problem" role="alert">${refused}</p></div>
        <button type="button" class="danger" onClick=${take}>${t.takeDo}</button>
      </section>`}`;
}
