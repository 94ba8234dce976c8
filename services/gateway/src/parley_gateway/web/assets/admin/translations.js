/** What visitors of another language are told: greeting, consent, privacy notice (R8). */
import { html } from "../vendor/preact-htm-signals.js";
import { idOf, Sentences } from "./fields.js";
import { areCodes, isAddress } from "./lists.js";
import { texts } from "./state.js";
import { Icon } from "../shared/icons.js";

/** @typedef {import("./types.js").Translation[]} Translations */

const MOST = 20;
const LONGEST = { greeting: 1000, consent: 1000, privacy_url: 500 };

/** @type {(translations: Translations) => Translations} */
export const tidyTranslations = (translations) =>
  translations.map(({ language, greeting, consent, privacy_url }) => ({ language: language.trim(), greeting, consent: consent.trim(), privacy_url: privacy_url.trim() }));

/** @type {(translations: Translations) => string} what is wrong with them; nothing when they are right */
export function translationsError(translations) {
  const t = texts.peek().translations;
  const tidy = tidyTranslations(translations);
  const languages = tidy.map(({ language }) => language.toLowerCase());
  if (tidy.length > MOST) return t.tooMany(MOST);
  if (!languages.every((language) => language && areCodes(language)) || new Set(languages).size < languages.length) return t.languageWrong;
  if (!tidy.every(({ privacy_url }) => !privacy_url || isAddress(privacy_url))) return texts.peek().service.privacyWrong;
  return tidy.every((each) => Object.entries(LONGEST).every(([field, most]) => [.../** @type {any} */ (each)[field]].length <= most)) ? "" : t.textWrong;
}

/** @param {{ form: import("./form.js").Form, field: string, label: string, hint: string }} props */
export function TranslationsField({ form, field, label, hint }) {
  const t = texts.value.translations;
  const s = texts.value.service;
  const id = idOf(field);
  const all = /** @type {Translations} */ (form.get(field));
  const wrong = form.error(field) ? "true" : undefined;
  /** @type {(index: number, name: string) => object} */
  const into = (index, name) => ({
    "aria-invalid": wrong, onBlur: () => form.touch(field),
    onInput: (/** @type {any} */ event) => form.set(field, all.map((each, at) => (at === index ? { ...each, [name]: event.target.value } : each))),
  });
  return html`
    <fieldset class="field" aria-describedby=${`${id}-hint`}>
      <legend>${label} <span class="muted">(${texts.value.optional})</span></legend>
      ${all.map(({ language, greeting, consent, privacy_url }, index) => html`
        <div class="translation" role="group" aria-label=${language || t.unnamed} key=${index}>
          <input class="mono" aria-label=${t.language} placeholder=${t.language} value=${language} ...${into(index, "language")} autocomplete="off" autocapitalize="off" spellcheck=${false} maxlength="35" />
          <button type="button" class="quiet square" aria-label=${t.removeOne(language)} onClick=${() => form.set(field, all.filter((_, at) => at !== index))}><${Icon} name="remove" size=${16} /></button>
          <textarea aria-label=${s.greeting} placeholder=${s.greeting} rows="2" dir="auto" value=${greeting} ...${into(index, "greeting")}></textarea>
          <textarea aria-label=${s.consent} placeholder=${s.consent} rows="2" dir="auto" value=${consent} ...${into(index, "consent")}></textarea>
          <input type="url" aria-label=${s.privacy} placeholder=${s.privacy} value=${privacy_url} ...${into(index, "privacy_url")} autocomplete="off" />
        </div>`)}
      <button type="button" class="small" onClick=${() => form.set(field, [...all, { language: "", greeting: "", consent: "", privacy_url: "" }])}><${Icon} name="plus" size=${16} /> ${t.add}</button>
      <${Sentences} form=${form} field=${field} hint=${hint} />
    </fieldset>`;
}
