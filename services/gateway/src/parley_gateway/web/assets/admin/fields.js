/** Fields: each with its label, what it means, its unit, and what is wrong with it beside it. */
import { html } from "../vendor/preact-htm-signals.js";
import { texts } from "./state.js";
import { Icon } from "../shared/icons.js";

/** @typedef {import("./form.js").Form} Form */
/** @typedef {{ form: Form, field: string, label: string, hint?: string }} FieldProps */

/** @type {(field: string) => string} */
export const idOf = (field) => `field-${field.replaceAll(".", "-")}`;

/** @type {(props: { form: Form, field: string, hint?: string, unit?: string }) => object} what ties a control to its sentences */
export function tied({ form, field, hint, unit }) {
  const id = idOf(field);
  const error = form.error(field);
  const by = [unit && `${id}-unit`, hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return { id, "aria-describedby": by || undefined, "aria-invalid": error ? "true" : undefined, onBlur: () => form.touch(field) };
}

/** @param {{ form: Form, field: string, hint?: string }} props */
export function Sentences({ form, field, hint }) {
  const id = idOf(field);
  const error = form.error(field);
  return html`
    ${error && html`<p class="error" id=${`${id}-error`}><${Icon} name="warn" size=${16} /> <span>${error}</span></p>`}
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}`;
}

/** @param {FieldProps & { type?: string, optional?: boolean, autocomplete?: string, placeholder?: string, mono?: boolean, onText?: (text: string) => void }} props */
export function Text({ form, field, label, hint, type = "text", optional, autocomplete = "off", placeholder, mono, onText }) {
  const typed = (/** @type {any} */ event) => (onText ?? ((text) => form.set(field, text)))(event.target.value);
  return html`
    <div class="field">
      <label for=${idOf(field)}>${label}${optional && html` <span class="muted">(${texts.value.optional})</span>`}</label>
      <input ...${tied({ form, field, hint })} class=${mono ? "mono" : ""} type=${type} value=${form.get(field) ?? ""} onInput=${typed} required=${!optional} autocomplete=${autocomplete} autocapitalize="off" spellcheck=${false} placeholder=${placeholder} />
      <${Sentences} form=${form} field=${field} hint=${hint} />
    </div>`;
}

/** @param {FieldProps & { rows?: number, optional?: boolean, mono?: boolean, placeholder?: string, onLeave?: () => void }} props */
export function Area({ form, field, label, hint, rows = 3, optional, mono, placeholder, onLeave }) {
  const { onBlur, ...ties } = /** @type {any} */ (tied({ form, field, hint }));
  return html`
    <div class="field">
      <label for=${idOf(field)}>${label}${optional && html` <span class="muted">(${texts.value.optional})</span>`}</label>
      <textarea ...${ties} class=${mono ? "mono" : ""} rows=${rows} onBlur=${() => (onBlur(), onLeave?.())} onInput=${(/** @type {any} */ event) => form.set(field, event.target.value)} spellcheck=${!mono} placeholder=${placeholder} value=${form.get(field) ?? ""}></textarea>
      <${Sentences} form=${form} field=${field} hint=${hint} />
    </div>`;
}

/**
 * A whole number with its unit and limits. What is none stays as it was typed, so that it can be put right.
 * @param {FieldProps & { unit?: string, range: readonly [number, number], optional?: boolean, bare?: boolean, placeholder?: string }} props `bare`: one of several, whose limits are said for all
 */
export function Num({ form, field, label, hint, unit, range, optional, bare, placeholder }) {
  const typed = (/** @type {any} */ event) => {
    const text = event.target.value.trim();
    form.set(field, text === "" && optional ? null : /^\d{1,9}$/.test(text) ? Number(text) : text);
  };
  const value = form.get(field);
  const t = texts.value.form;
  const id = idOf(field);
  const inMinutes = unit === t.seconds && value >= 60 && Number.isInteger(value) ? ` = ${t.inMinutes(value)}` : "";
  const units = bare ? "" : [unit ? `${unit}${inMinutes}` : "", t.range(...range)].filter(Boolean).join(", ");
  return html`
    <div class="field">
      <label for=${id}>${label}${optional && !bare && html` <span class="muted">(${texts.value.optional})</span>`}</label>
      <div class="amount">
        <input ...${tied({ form, field, hint, unit: units })} class="number" inputmode="numeric" value=${value ?? ""} onInput=${typed} autocomplete="off" placeholder=${placeholder} />
        ${units && html`<span class="unit" id=${`${id}-unit`}>${units}</span>`}
      </div>
      <${Sentences} form=${form} field=${field} hint=${hint} />
    </div>`;
}

/** @param {FieldProps} props */
export function Check({ form, field, label, hint }) {
  return html`
    <div class="field check">
      <input type="checkbox" ...${tied({ form, field, hint })} checked=${form.get(field)} onChange=${(/** @type {any} */ event) => form.set(field, event.target.checked)} />
      <div><label for=${idOf(field)}>${label}</label><${Sentences} form=${form} field=${field} hint=${hint} /></div>
    </div>`;
}

/** One of a few, each with what it does. @param {FieldProps & { options: Record<string, string[]> }} props */
export function Choice({ form, field, label, hint, options }) {
  const id = idOf(field);
  return html`
    <fieldset class="field" aria-describedby=${hint ? `${id}-hint` : undefined}>
      <legend>${label}</legend>
      ${Object.entries(options).map(([value, [name, means]]) => html`
        <div class="option" key=${value}>
          <input type="radio" id=${`${id}-${value}`} name=${id} value=${value} checked=${form.get(field) === value} onChange=${() => form.set(field, value)} aria-describedby=${`${id}-${value}-hint`} />
          <div><label for=${`${id}-${value}`}>${name}</label><p class="hint" id=${`${id}-${value}-hint`}>${means}</p></div>
        </div>`)}
      <${Sentences} form=${form} field=${field} hint=${hint} />
    </fieldset>`;
}

/** Any of several; the field is the list of the chosen. @param {FieldProps & { options: [string, string][], empty?: string }} props */
export function Boxes({ form, field, label, hint, options, empty }) {
  const id = idOf(field);
  const chosen = /** @type {string[]} */ (form.get(field));
  const set = (/** @type {string} */ value, /** @type {boolean} */ on) =>
    form.set(field, on ? [...chosen, value] : chosen.filter((other) => other !== value));
  return html`
    <fieldset class="field" aria-describedby=${hint ? `${id}-hint` : undefined}>
      <legend>${label}</legend>
      <div class="boxes">
        ${options.map(([value, name]) => html`
          <label class="box" key=${value}>
            <input type="checkbox" checked=${chosen.includes(value)} onChange=${(/** @type {any} */ event) => set(value, event.target.checked)} />
            <span>${name}</span>
          </label>`)}
      </div>
      ${!options.length && empty && html`<p class="empty">${empty}</p>`}
      <${Sentences} form=${form} field=${field} hint=${hint} />
    </fieldset>`;
}

/** @param {FieldProps & { options: [string, string][], first?: string }} props */
export function Select({ form, field, label, hint, options, first }) {
  return html`
    <div class="field">
      <label for=${idOf(field)}>${label}</label>
      <select ...${tied({ form, field, hint })} onChange=${(/** @type {any} */ event) => form.set(field, event.target.value)}>
        ${first && html`<option value="" selected=${!form.get(field)}>${first}</option>`}
        ${options.map(([value, name]) => html`<option key=${value} value=${value} selected=${form.get(field) === value}>${name}</option>`)}
      </select>
      <${Sentences} form=${form} field=${field} hint=${hint} />
    </div>`;
}
