/** Opening hours: spans of local time by day of the week, and days that are closed (R8). */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { Sentences, idOf } from "./fields.js";
import { texts } from "./state.js";
import { Icon } from "../shared/icons.js";

/** @typedef {import("./types.js").Hours} Hours */
/** @typedef {import("./types.js").Day} Day */
/** @typedef {[string, string]} Span */

/** @type {Day[]} */
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/** @type {Span} */
const USUAL = ["09:00", "17:00"];

const zones = () => (/** @type {any} */ (Intl)).supportedValuesOf?.("timeZone") ?? [];

/** @returns {Hours} */
const usual = () => ({
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
  week: Object.fromEntries(DAYS.slice(0, 5).map((day) => [day, [USUAL]])),
  closed_on: [],
});

/** @type {(timezone: string) => boolean} */
export function isZone(timezone) {
  try {
    return Boolean(timezone && new Intl.DateTimeFormat("en", { timeZone: timezone }));
  } catch {
    return false;
  }
}

/** @type {(hours: Hours | null) => string} */
export function hoursError(hours) {
  if (!hours) return "";
  const t = texts.peek().hours;
  if (!isZone(hours.timezone)) return t.zone;
  return Object.values(hours.week).flat().every(([opens, closes]) => opens && closes && opens < closes) ? "" : t.order;
}

/** A day ends at 24:00, which a field for times calls 00:00. */
const shownEnd = (/** @type {string} */ closes) => (closes === "24:00" ? "00:00" : closes);
const readEnd = (/** @type {string} */ closes) => (closes === "00:00" ? "24:00" : closes);

/** @param {{ form: import("./form.js").Form, field: string, label: string, hint: string }} props */
export function HoursField({ form, field, label, hint }) {
  const t = texts.value.hours;
  const id = idOf(field);
  const hours = /** @type {Hours | null} */ (form.get(field));
  const [date, setDate] = useState("");
  const set = (/** @type {Partial<Hours>} */ part) => form.set(field, { ...hours, ...part });
  // in the order of the week and without closed days, so that what is put back is as it was
  const setWeek = (/** @type {Hours["week"]} */ week) =>
    set({ week: Object.fromEntries(DAYS.filter((day) => week[day]?.length).map((day) => [day, week[day]])) });
  const setDay = (/** @type {Day} */ day, /** @type {Span[]} */ spans) => setWeek({ ...hours?.week, [day]: spans });
  const setSpan = (/** @type {Day} */ day, /** @type {number} */ index, /** @type {Span} */ span) =>
    setDay(day, (hours?.week[day] ?? []).map((old, at) => (at === index ? span : old)));
  const addDate = () => {
    if (!date || !hours) return;
    set({ closed_on: [...new Set([...hours.closed_on, date])].sort() });
    setDate("");
  };
  return html`
    <fieldset class="field hours" aria-describedby=${`${id}-hint`}>
      <legend>${label}</legend>
      ${[false, true].map((within) => html`
        <div class="option" key=${within}>
          <input type="radio" id=${`${id}-${within}`} name=${id} checked=${Boolean(hours) === within} onChange=${() => form.set(field, within ? usual() : null)} />
          <label for=${`${id}-${within}`}>${within ? t.within : t.always}</label>
        </div>`)}
      <${Sentences} form=${form} field=${field} hint=${hint} />
      ${hours && html`
        <div class="field">
          <label for=${`${id}-zone`}>${t.timezone}</label>
          <input id=${`${id}-zone`} list="zones" value=${hours.timezone} onInput=${(/** @type {any} */ event) => set({ timezone: event.target.value.trim() })} onBlur=${() => form.touch(field)} aria-describedby=${`${id}-zone-hint`} autocomplete="off" spellcheck=${false} />
          <datalist id="zones">${zones().map((/** @type {string} */ zone) => html`<option key=${zone} value=${zone} />`)}</datalist>
          <p class="hint" id=${`${id}-zone-hint`}>${t.timezoneHint}</p>
        </div>
        <ul class="days">
          ${DAYS.map((day) => html`
            <li key=${day}>
              <span class="day">${t.days[day]}</span>
              <div class="spans">
                ${!hours.week[day]?.length && html`<span class="muted">${t.closed}</span>`}
                ${(hours.week[day] ?? []).map(([opens, closes], index) => html`
                  <div class="span" key=${index}>
                    <input type="time" aria-label=${t.opens(t.days[day])} value=${opens} onInput=${(/** @type {any} */ event) => setSpan(day, index, [event.target.value, closes])} onBlur=${() => form.touch(field)} />
                    <span>${t.to}</span>
                    <input type="time" aria-label=${t.closes(t.days[day])} value=${shownEnd(closes)} onInput=${(/** @type {any} */ event) => setSpan(day, index, [opens, readEnd(event.target.value)])} onBlur=${() => form.touch(field)} />
                    <button type="button" class="quiet square" aria-label=${t.removeOn(t.days[day])} onClick=${() => setDay(day, hours.week[day]?.filter((_, at) => at !== index) ?? [])}><${Icon} name="remove" size=${16} /></button>
                  </div>`)}
              </div>
              <button type="button" class="quiet square" aria-label=${t.addOn(t.days[day])} onClick=${() => setDay(day, [...(hours.week[day] ?? []), USUAL])}><${Icon} name="plus" size=${16} /></button>
            </li>`)}
        </ul>
        <button type="button" class="small" onClick=${() => setWeek({ ...hours.week, ...Object.fromEntries(DAYS.slice(1, 5).map((day) => [day, hours.week.mon])) })}>${t.likeMonday}</button>
        <div class="field">
          <label for=${`${id}-date`}>${t.closedOn}</label>
          <ul class="chips">
            ${hours.closed_on.map((closed) => html`
              <li key=${closed}><span>${closed}</span><button type="button" class="quiet square" aria-label=${t.removeDate(closed)} onClick=${() => set({ closed_on: hours.closed_on.filter((other) => other !== closed) })}><${Icon} name="remove" size=${14} /></button></li>`)}
          </ul>
          <div class="amount">
            <input type="date" id=${`${id}-date`} value=${date} onInput=${(/** @type {any} */ event) => setDate(event.target.value)} aria-describedby=${`${id}-date-hint`} />
            <button type="button" class="small" disabled=${!date} onClick=${addDate}>${texts.value.form.add}</button>
          </div>
          <p class="hint" id=${`${id}-date-hint`}>${t.closedOnHint}</p>
        </div>`}
    </fieldset>`;
}
