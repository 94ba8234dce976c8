/** Chat services: all of them, and one with its token, queue and websites (R2, R4, R8). */
import { html } from "../vendor/preact-htm-signals.js";
import { path } from "./api.js";
import { Area, Check, Num, Select, Text } from "./fields.js";
import { keyError, keyOf, onlyWrong, SaveBar, textError, useForm, wholeError } from "./form.js";
import { Heading } from "../shared/heading.js";
import { hoursError, HoursField } from "./hours.js";
import { areCodes, areOrigins, codes, isAddress, lines, tidyOrigins } from "./lists.js";
import { Removal } from "./removal.js";
import { go, to } from "./route.js";
import { readSkills, skillRows, SkillsField, skillsError } from "./skills.js";
import { queues, services, texts } from "./state.js";
import { store } from "./store.js";
import { tidyTranslations, TranslationsField, translationsError } from "./translations.js";
import { Icon } from "../shared/icons.js";

const SELF = "self";
const PRIORITY = /** @type {const} */ ([0, 1000]);
/** @type {import("./types.js").Service} */
const NEW = { token: null, queue: "", name: "", greeting: "", languages: [], origins: [], without_origin: false, enabled: true, priority: null, hours: null, skills: {}, consent: "", privacy_url: "", translations: [] };

export function Services() {
  const t = texts.value.service;
  const all = Object.entries(services.value);
  return html`
    <${Heading} title=${texts.value.services} lead=${t.lead} />
    <p class="toolbar"><a class="button primary" href=${to("new-service")}><${Icon} name="plus" /> ${t.create}</a></p>
    ${!all.length && html`<p class="empty card">${t.empty}</p>`}
    <ul class="list">
      ${all.map(([name, service]) => html`
        <li key=${name}>
          <a class="main" href=${to("service", name)} dir="auto">${service.name}</a>
          <span class="mono muted">${name}</span>
          <span class="facts"><span class=${service.enabled ? "" : "lacking"}>${service.enabled ? t.on : t.off}</span> · ${queues.value[service.queue]?.name ?? service.queue}</span>
          <a class="button small" href=${to("snippet", name)} aria-label=${`${t.toSnippet}: ${service.name}`}>${t.toSnippet}</a>
        </li>`)}
    </ul>`;
}

/** @param {{ name: string | null }} props null: a new one */
export function Service({ name }) {
  const t = texts.value.service;
  const there = name === null ? null : services.value[name];
  const only = Object.keys(queues.value);
  const form = useForm({
    key: name === null ? to("new-service") : to("service", name),
    base: there ?? NEW,
    show: (base) => ({
      id: "",
      ...base,
      token: base.token ?? "",
      queue: base.queue || (only.length === 1 ? only[0] : ""),
      languages: base.languages.join(", "),
      own: base.origins.includes(SELF),
      sites: base.origins.filter((/** @type {string} */ origin) => origin !== SELF).join("\n"),
      skills: skillRows(base.skills),
    }),
    read: ({ id, named, own, sites, ...service }) => ({
      ...service,
      token: service.token || null,
      languages: codes(service.languages),
      origins: [...(own ? [SELF] : []), ...lines(tidyOrigins(sites))],
      skills: readSkills(service.skills),
      consent: service.consent.trim(),
      privacy_url: service.privacy_url.trim(),
      translations: tidyTranslations(service.translations),
    }),
    check: (value) => onlyWrong({
      name: textError(value.name, 100),
      id: name === null ? keyError(value.id, services.value) : "",
      greeting: textError(value.greeting, 1000, true),
      consent: textError(value.consent.trim(), 1000, true),
      privacy_url: !value.privacy_url.trim() || isAddress(value.privacy_url.trim()) ? textError(value.privacy_url.trim(), 500, true) : t.privacyWrong,
      translations: translationsError(value.translations),
      languages: areCodes(value.languages) ? "" : texts.value.set.languageWrong,
      sites: areOrigins(value.sites) ? "" : t.originWrong,
      queue: value.queue ? "" : texts.value.form.required,
      priority: wholeError(value.priority, ...PRIORITY, true),
      token: !value.token || /^[A-Za-z0-9._~-]{1,64}$/.test(value.token) ? "" : t.tokenWrong,
      skills: skillsError(value.skills),
      hours: hoursError(value.hours),
    }),
    save: async (content, base) => {
      const { id } = form.value;
      await store("services", name ?? id, content, there && base);
      if (name === null) go(to("snippet", id), texts.peek().form.created(form.value.name.trim()));
    },
  });
  if (name !== null && !there) return html`<${Heading} title=${texts.value.gone} up=${[to("services"), texts.value.services]} />`;

  const named = (/** @type {string} */ text) => {
    form.set("name", text);
    if (name === null && !form.value.named) form.set("id", keyOf(text));
  };
  return html`
    <${Heading} title=${there ? there.name : t.new} up=${[to("services"), texts.value.services]} />
    <form onSubmit=${form.submit} noValidate>
      <section class="card">
        <h2>${t.what}</h2>
        <${Text} form=${form} field="name" label=${t.name} hint=${t.nameHint} onText=${named} />
        ${name === null
          ? html`<${Text} form=${form} field="id" label=${texts.value.form.identifier} hint=${texts.value.form.identifierHint} mono onText=${(/** @type {string} */ text) => (form.set("named", true), form.set("id", text.trim()))} />`
          : html`<p class="field"><span class="muted">${texts.value.form.identifier}</span> <span class="mono">${name}</span></p>`}
        <${Area} form=${form} field="greeting" label=${t.greeting} hint=${t.greetingHint} rows=${2} optional />
        <${Area} form=${form} field="consent" label=${t.consent} hint=${t.consentHint} rows=${2} optional />
        <${Text} form=${form} field="privacy_url" label=${t.privacy} hint=${t.privacyHint} type="url" placeholder="https://www.example.org/privacy" optional />
        <${TranslationsField} form=${form} field="translations" label=${t.translations} hint=${t.translationsHint} />
        <${Text} form=${form} field="languages" label=${t.languages} hint=${t.languagesHint} optional />
        <${Check} form=${form} field="enabled" label=${t.enabled} hint=${t.enabledHint} />
      </section>
      <section class="card">
        <h2>${t.where}</h2>
        ${!form.value.own && !form.value.sites.trim() && html`<p class="note"><${Icon} name="warn" size=${16} /> <span>${t.nowhere}</span></p>`}
        <${Area} form=${form} field="sites" label=${t.origins} hint=${t.originsHint} rows=${3} optional mono placeholder="https://www.example.org" onLeave=${() => form.set("sites", tidyOrigins(form.get("sites")))} />
        <${Check} form=${form} field="own" label=${t.self} hint=${t.selfHint} />
        <${Check} form=${form} field="without_origin" label=${t.withoutOrigin} hint=${t.withoutOriginHint} />
        <${Text} form=${form} field="token" label=${t.token} hint=${t.tokenHint} optional mono />
      </section>
      <section class="card">
        <h2>${t.chats}</h2>
        <${Select} form=${form} field="queue" label=${t.queue} hint=${t.queueHint} first=${t.queueChoose} options=${Object.entries(queues.value).map(([queue, { name }]) => [queue, name])} />
        <${Num} form=${form} field="priority" label=${t.priority} hint=${t.priorityHint} range=${PRIORITY} optional />
        <${SkillsField} form=${form} field="skills" label=${t.skills} hint=${t.skillsHint} />
        <${HoursField} form=${form} field="hours" label=${t.hours} hint=${t.hoursHint} />
      </section>
      <${SaveBar} form=${form} fresh=${name === null} label=${name === null ? t.create : undefined} />
    </form>
    ${there && name !== null && html`
      <p class="after"><a class="button" href=${to("snippet", name)}>${t.toSnippet}</a></p>
      <${Removal} path=${path("services", name)} title=${t.delete} hint=${t.deleteHint} question=${t.deleteAsk(there.name)} text=${t.deleteText} done=${t.deleted(there.name)} after=${to("services")} draft=${to("service", name)} />`}`;
}
