/** A form over something that is set up: what was typed is a draft until the server has it. */
import { html, useMemo, useState } from "../vendor/preact-htm-signals.js";
import { Refusal } from "./api.js";
import { drafts, keep } from "./drafts.js";
import { get, put, same } from "./pieces.js";
import { isLogin, sentence, texts } from "./state.js";
import { Icon } from "../shared/icons.js";

/**
 * @typedef {object} Form
 * @property {any} value  what stands in the fields
 * @property {boolean} dirty
 * @property {boolean} busy
 * @property {boolean} saved
 * @property {string} refused  the server's sentence
 * @property {(field: string) => any} get
 * @property {(field: string, value: any) => void} set
 * @property {(field: string) => void} touch  somebody was here: from now on its error is shown
 * @property {(field: string) => string} error  what is wrong with a field, as far as it is to be shown
 * @property {(event: Event) => void} submit
 * @property {() => void} discard
 */

/**
 * @param {object} what
 * @param {string} what.key  of the draft: the page's address
 * @param {any} what.base  as the server has it
 * @param {(base: any) => any} [what.show]  as it stands in the fields
 * @param {(value: any) => any} [what.read]  as the server wants it
 * @param {(value: any) => Record<string, string>} what.check  what is wrong, by field
 * @param {(content: any, base: any) => Promise<void>} what.save
 * @returns {Form}
 */
export function useForm({ key, base, show = (base) => base, read = (value) => value, check, save }) {
  const [state, setState] = useState({ busy: false, saved: false, refused: "", field: "" });
  const [touched, setTouched] = useState(/** @type {Record<string, boolean>} */ ({}));
  const draft = drafts.value[key];
  const origin = draft?.base ?? base;
  const first = useMemo(() => show(origin), [origin]);
  const value = draft?.value ?? first;
  const wrong = check(value);

  const set = (/** @type {string} */ field, /** @type {any} */ now) => {
    const old = drafts.peek()[key]; // two fields may be set in one go
    const next = put(old?.value ?? first, field, now);
    keep(key, same(next, first) ? null : { base: origin, value: next, tried: old?.tried ?? false });
    if (state.saved || state.refused) setState({ busy: false, saved: false, refused: "", field: "" });
  };

  return {
    value,
    dirty: Boolean(draft),
    ...state,
    get: (field) => get(value, field),
    set,
    touch: (field) => touched[field] || setTouched({ ...touched, [field]: true }),
    error: (field) => {
      if (state.field === field || state.field.startsWith(`${field}.`)) return state.refused;
      return draft?.tried || touched[field] ? wrong[field] ?? "" : "";
    },
    submit: async (event) => {
      event.preventDefault();
      const form = /** @type {HTMLElement} */ (event.target);
      if (Object.keys(wrong).length) {
        keep(key, { base: origin, value, tried: true });
        setState({ busy: false, saved: false, refused: texts.peek().form.look, field: "" });
        return focusWrong(form);
      }
      setState({ busy: true, saved: false, refused: "", field: "" });
      try {
        await save(read(value), origin);
        keep(key, null);
        setTouched({});
        setState({ busy: false, saved: true, refused: "", field: "" });
      } catch (refusal) {
        if (isLogin(refusal)) return setState({ busy: false, saved: false, refused: "", field: "" });
        const field = refusal instanceof Refusal ? refusal.field : "";
        setState({ busy: false, saved: false, refused: sentence(refusal), field });
        focusWrong(form);
      }
    },
    discard: () => {
      keep(key, null);
      setTouched({});
      setState({ busy: false, saved: false, refused: "", field: "" });
    },
  };
}

/** @param {HTMLElement} form */
const focusWrong = (form) => setTimeout(() => {
  const field = /** @type {HTMLElement | null} */ (form.querySelector("[aria-invalid=true]"));
  field?.closest("details")?.setAttribute("open", ""); // what is folded cannot be focused
  field?.focus();
});

/** What to do with the draft, always in sight. @param {{ form: Form, fresh?: boolean, label?: string }} props `fresh`: it is not there yet; the page that is gone to says that it is then */
export function SaveBar({ form, fresh = false, label }) {
  const t = texts.value.form;
  const idle = !form.dirty && !fresh;
  return html`
    <div class=${idle ? "save idle" : "save"}>
      <p class="save-state" role="status">
        ${form.saved && !fresh && html`<span class="good"><${Icon} name="check" /> ${t.saved}</span>`}
        ${form.dirty && !form.busy && !form.refused && t.unsaved}
      </p>
      <p class="save-state problem" role="alert">${form.refused}</p>
      ${form.dirty && html`<button type="button" class="quiet" onClick=${form.discard} disabled=${form.busy}>${t.discard}</button>`}
      ${!idle && html`<button class="primary" disabled=${form.busy}>${form.busy ? t.saving : label ?? t.save}</button>`}
    </div>`;
}

/** @type {(value: any, least: number, most: number, optional?: boolean) => string} what is wrong with a whole number; nothing when it is right */
export function wholeError(value, least, most, optional = false) {
  if (optional && value === null) return "";
  return Number.isInteger(value) && value >= least && value <= most ? "" : texts.peek().form.whole(least, most);
}

/** @type {(value: string, most: number, optional?: boolean) => string} */
export function textError(value, most, optional = false) {
  if (!optional && !value.trim()) return texts.peek().form.required;
  return [...value].length > most ? texts.peek().form.tooLong(most) : "";
}

/** @type {(value: string, known: object) => string} what is wrong with the identifier of something new */
export function keyError(value, known) {
  const t = texts.peek().form;
  if (!value) return t.required;
  if (value in known) return t.taken;
  return /^[^\s/\0]{1,64}$/.test(value) ? "" : t.noSpaces;
}

/** @type {(errors: Record<string, string>) => Record<string, string>} those that are some */
export const onlyWrong = (errors) => Object.fromEntries(Object.entries(errors).filter(([, error]) => error));

/** @type {(name: string) => string} an identifier made of a name */
export const keyOf = (name) => name.toLowerCase().replace(/ä/g, "ae").replace(/ö/g, "oe").replace(/ü/g, "ue").replace(/ß/g, "ss")
  .normalize("NFKD").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40);
