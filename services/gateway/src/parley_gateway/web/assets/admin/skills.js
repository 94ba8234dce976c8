/** Skills: each a name and a level; in the form a list of pairs, so that a name can be typed. */
import { html } from "../vendor/preact-htm-signals.js";
import { Sentences, idOf } from "./fields.js";
import { texts } from "./state.js";
import { Icon } from "../shared/icons.js";

/** @typedef {[string, number | string][]} Rows */

/** @type {(skills: import("./types.js").Skills) => Rows} */
export const skillRows = (skills) => Object.entries(skills);

/** @type {(rows: Rows) => import("./types.js").Skills} */
export const readSkills = (rows) => Object.fromEntries(rows.map(([name, level]) => [name.trim(), Number(level)]));

/** @type {(rows: Rows) => string} */
export function skillsError(rows) {
  const names = rows.map(([name]) => name.trim());
  const good = rows.every(([name, level]) => /^[^\s/\0]{1,64}$/.test(name.trim()) && Number.isInteger(level) && Number(level) >= 1 && Number(level) <= 10);
  return good && new Set(names).size === names.length ? "" : texts.peek().skills.wrong;
}

/** @param {{ form: import("./form.js").Form, field: string, label: string, hint: string }} props */
export function SkillsField({ form, field, label, hint }) {
  const t = texts.value.skills;
  const id = idOf(field);
  const rows = /** @type {Rows} */ (form.get(field));
  const set = (/** @type {number} */ index, /** @type {[string, any]} */ row) => form.set(field, rows.map((old, at) => (at === index ? row : old)));
  const wrong = form.error(field) ? "true" : undefined;
  return html`
    <fieldset class="field" aria-describedby=${`${id}-hint`}>
      <legend>${label} <span class="muted">(${texts.value.optional})</span></legend>
      ${rows.map(([name, level], index) => html`
        <div class="skill" key=${index}>
          <input aria-label=${t.skill} placeholder=${t.skill} value=${name} aria-invalid=${wrong} onInput=${(/** @type {any} */ event) => set(index, [event.target.value, level])} onBlur=${() => form.touch(field)} autocomplete="off" autocapitalize="off" maxlength="64" />
          <input class="number" aria-label=${t.level} inputmode="numeric" value=${level} aria-invalid=${wrong} onInput=${(/** @type {any} */ event) => set(index, [name, /^\d+$/.test(event.target.value) ? Number(event.target.value) : event.target.value])} onBlur=${() => form.touch(field)} autocomplete="off" />
          <button type="button" class="quiet square" aria-label=${t.removeOne(name)} onClick=${() => form.set(field, rows.filter((_, at) => at !== index))}><${Icon} name="remove" size=${16} /></button>
        </div>`)}
      <button type="button" class="small" onClick=${() => form.set(field, [...rows, ["", 5]])}><${Icon} name="plus" size=${16} /> ${t.add}</button>
      <${Sentences} form=${form} field=${field} hint=${hint} />
    </fieldset>`;
}
