/** A contact's fields, to be created or changed. */
import { html, useLayoutEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { texts } from "./language.js";
import { sentence } from "./texts.js";

/** @param {string} text */
const list = (text) => text.split(/[,\n]|;(?!ext=)/).map((each) => each.trim()).filter(Boolean);

/** @typedef {"name" | "emails" | "phones" | "organisation" | "customerNumber" | "languageCode"} Label */

/** @type {[string, Label, string, number][]} field, label, type, most characters */
const FIELDS = [
  ["name", "name", "text", 200],
  ["emails", "emails", "text", 5000],
  ["phones", "phones", "text", 2000],
  ["organisation", "organisation", "text", 200],
  ["customer_number", "customerNumber", "text", 64],
  ["language", "languageCode", "text", 35],
];

/** @param {{ fields: any, save: (fields: any, anyway: boolean) => Promise<any>, cancel: () => void }} props */
export function ContactForm({ fields, save, cancel }) {
  const t = texts.value.customer;
  const [problem, setProblem] = useState("");
  const [offer, setOffer] = useState(/** @type {any} */ (null)); // who may be meant, before one more is made
  const [busy, setBusy] = useState(false);
  const first = useRef(/** @type {HTMLInputElement | null} */ (null));
  useLayoutEffect(() => void first.current?.focus(), []);
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    const typed = Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (event.target)));
    const text = (/** @type {string} */ name) => String(typed[name] ?? "").trim();
    setBusy(true);
    try {
      setProblem("");
      setOffer(await save({
        name: text("name"),
        emails: list(text("emails")),
        phones: list(text("phones")),
        organisation: text("organisation") || null,
        customer_number: text("customer_number") || null,
        language: text("language") || null,
        notes: text("notes") || null,
      }, !!offer));
    } catch (refusal) {
      setProblem(sentence(/** @type {any} */ (refusal)));
    }
    setBusy(false);
  };
  const shown = (/** @type {string} */ name) => (Array.isArray(fields[name]) ? fields[name].join(", ") : fields[name] ?? "");
  return html`
    <form class="contact-form" onSubmit=${submit} onInput=${() => setOffer(null)} aria-label=${t.contact} data-testid="contact-form"
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && cancel()}>
      ${FIELDS.map(([name, label, type, most], index) => html`
        <label key=${name}>${t[label]}
          <input ref=${index ? undefined : first} name=${name} type=${type} defaultValue=${shown(name)} maxlength=${most} required=${name === "name"} autocomplete="off" dir="auto" data-testid=${`contact-${name}`} />
        </label>`)}
      <label>${t.notes} <textarea name="notes" rows="2" maxlength="4000" dir="auto" defaultValue=${shown("notes")} data-testid="contact-notes"></textarea></label>
      <p class="problem" role="alert">${problem}</p>
      ${offer}
      <div class="line">
        <button class="primary small" aria-disabled=${busy} data-testid="contact-save">${offer ? t.anyway : t.save}</button>
        <button type="button" class="quiet small" onClick=${cancel}>${texts.value.cancel}</button>
      </div>
    </form>`;
}
