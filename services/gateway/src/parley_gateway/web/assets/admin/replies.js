/** Canned replies: each a name, by which agents find it, and a text. */
import { html } from "../vendor/preact-htm-signals.js";
import { Sentences, idOf } from "./fields.js";
import { queues, texts } from "./state.js";
import { Icon } from "../shared/icons.js";

/** @typedef {import("./types.js").CannedReply[]} Replies */

const NAME = /^[\p{L}\p{N}_-]{1,40}$/u;
const LANGUAGE = /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i;
const LONGEST = 4000;
const MOST = 200;

/** @type {(replies: Replies) => Replies} */
export const tidyReplies = (replies) => replies.map(({ name, text, language = "", queue }) => ({ name: name.trim(), text: text.trim(), ...(language.trim() ? { language: language.trim() } : {}), ...(queue ? { queue } : {}) }));

/** @type {(replies: Replies) => string} what is wrong with them; nothing when they are right */
export function repliesError(replies) {
  const t = texts.peek().replies;
  const tidy = tidyReplies(replies);
  if (tidy.length > MOST) return t.tooMany(MOST);
  if (!tidy.every(({ name }) => NAME.test(name)) || new Set(tidy.map(({ name }) => name)).size < tidy.length) return t.nameWrong;
  if (!tidy.every(({ language }) => !language || LANGUAGE.test(language))) return t.languageWrong;
  return tidy.every(({ text }) => text && [...text].length <= LONGEST) ? "" : t.textWrong(LONGEST);
}

/** @param {{ form: import("./form.js").Form, field: string, label: string, hint: string }} props */
export function RepliesField({ form, field, label, hint }) {
  const t = texts.value.replies;
  const id = idOf(field);
  const replies = /** @type {Replies} */ (form.get(field));
  const set = (/** @type {number} */ index, /** @type {Partial<Replies[0]>} */ change) =>
    form.set(field, replies.map((reply, at) => (at === index ? { ...reply, ...change } : reply)));
  const wrong = form.error(field) ? "true" : undefined;
  return html`
    <fieldset class="field" aria-describedby=${`${id}-hint`}>
      <legend>${label} <span class="muted">(${texts.value.optional})</span></legend>
      ${replies.map(({ name, text, language = "", queue = "" }, index) => html`
        <div class="reply" role="group" aria-label=${name || t.unnamed} key=${index}>
          <input class="mono" aria-label=${t.name} placeholder=${t.name} value=${name} aria-invalid=${wrong} onInput=${(/** @type {any} */ event) => set(index, { name: event.target.value })} onBlur=${() => form.touch(field)} autocomplete="off" autocapitalize="off" spellcheck=${false} maxlength="40" />
          <input aria-label=${t.language} placeholder=${t.language} value=${language} aria-invalid=${wrong} onInput=${(/** @type {any} */ event) => set(index, { language: event.target.value })} onBlur=${() => form.touch(field)} autocomplete="off" autocapitalize="off" spellcheck=${false} maxlength="35" />
          <select aria-label=${t.queue} value=${queue} onChange=${(/** @type {any} */ event) => set(index, { queue: event.target.value })}>
            <option value="">${t.everyQueue}</option>
            ${Object.entries({ ...(queue && { [queue]: { name: queue } }), ...queues.value }).map(([key, found]) => html`<option key=${key} value=${key}>${found.name}</option>`)}
          </select>
          <button type="button" class="quiet square" aria-label=${t.removeOne(name)} onClick=${() => form.set(field, replies.filter((_, at) => at !== index))}><${Icon} name="remove" size=${16} /></button>
          <textarea aria-label=${t.text} placeholder=${t.text} rows="2" aria-invalid=${wrong} onInput=${(/** @type {any} */ event) => set(index, { text: event.target.value })} onBlur=${() => form.touch(field)} dir="auto" value=${text}></textarea>
        </div>`)}
      <button type="button" class="small" onClick=${() => form.set(field, [...replies, { name: "", text: "" }])}><${Icon} name="plus" size=${16} /> ${t.add}</button>
      <${Sentences} form=${form} field=${field} hint=${hint} />
    </fieldset>`;
}
