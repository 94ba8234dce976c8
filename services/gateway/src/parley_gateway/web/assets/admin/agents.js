/** Everybody who may log in: all of them, and one with role, queues, skills and password (R1, R5). */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { path } from "./api.js";
import { Boxes, Check, Choice, Sentences, Text, idOf, tied } from "./fields.js";
import { keyError, keyOf, onlyWrong, SaveBar, textError, useForm } from "./form.js";
import { Entry } from "./entry.js";
import { Heading } from "../shared/heading.js";
import { same } from "./pieces.js";
import { Removal } from "./removal.js";
import { go, to } from "./route.js";
import { readSkills, skillRows, SkillsField, skillsError } from "./skills.js";
import { agents, licence, load, me, queues, texts } from "./state.js";
import { serve, store } from "./store.js";
import { Icon } from "../shared/icons.js";

const MANY = 8;
const SHORTEST = 8;
/** @type {import("./types.js").Agent} */
const NEW = { name: "", role: "agent", skills: {}, enabled: true, email: "", invited: false };

function Seats() {
  const t = texts.value.agent;
  const { valid, seats_used: used, seats = 0 } = licence.value;
  const full = !valid ? t.noLicence : used >= seats ? t.noSeats : "";
  return html`
    <p class="seats" data-testid="seats">
      ${seats > 0 && html`<meter min="0" max=${seats} value=${used} aria-hidden="true"></meter>`} <span>${t.seats(used, seats)}</span>
      ${full && html`<a class="lacking" href=${to("licence")}>${full}</a>`}
    </p>`;
}

/** @type {(agent: string) => string[]} the queues that name somebody */
const servedBy = (agent) => Object.entries(queues.value).filter(([, queue]) => queue.agents.includes(agent)).map(([name]) => name);

export function Agents() {
  const t = texts.value.agent;
  const [wanted, setWanted] = useState("");
  const all = Object.entries(agents.value);
  const found = all.filter(([name, agent]) => `${name} ${agent.name}`.toLowerCase().includes(wanted.trim().toLowerCase()));
  return html`
    <${Heading} title=${texts.value.agents} lead=${t.lead} />
    <div class="toolbar">
      <a class="button primary" href=${to("new-agent")}><${Icon} name="plus" /> ${t.create}</a>
      <${Seats} />
      ${all.length > MANY && html`<input type="search" aria-label=${t.filter} placeholder=${t.filter} value=${wanted} onInput=${(/** @type {any} */ event) => setWanted(event.target.value)} />`}
    </div>
    ${!all.length && html`<p class="empty card">${t.empty}</p>`}
    <ul class="list">
      ${found.map(([name, agent]) => html`
        <li key=${name}>
          <a class="main" href=${to("agent", name)} dir="auto">${agent.name}</a>
          <span class="mono muted">${name}</span>
          <span class="facts">${agent.enabled ? "" : `${t.disabled} · `}${agent.invited ? `${t.notYet} · ` : ""}${t.roles[agent.role][0]}${servedBy(name).length ? ` · ${servedBy(name).map((queue) => queues.value[queue].name).join(", ")}` : ""}</span>
        </li>`)}
    </ul>`;
}

/** Easily read aloud and typed, hard to guess: 16 of 32 letters and digits. */
const suggested = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => "abcdefghijkmnpqrstuvwxyz23456789"[byte % 32]).join("");

/** @param {{ form: import("./form.js").Form, fresh: boolean }} props */
function Password({ form, fresh }) {
  const t = texts.value.agent;
  const [shown, setShown] = useState(false);
  const field = "password";
  const hint = fresh ? t.passwordHint : t.passwordKeep;
  return html`
    <div class="field">
      <label for=${idOf(field)}>${fresh ? t.password : t.passwordNew}${!fresh && html` <span class="muted">(${texts.value.optional})</span>`}</label>
      <div class="amount">
        <input ...${tied({ form, field, hint })} class="mono" type=${shown ? "text" : "password"} value=${form.get(field)} onInput=${(/** @type {any} */ event) => form.set(field, event.target.value)} autocomplete="new-password" autocapitalize="off" spellcheck=${false} />
        <button type="button" class="small" aria-pressed=${shown} onClick=${() => setShown(!shown)}>${shown ? t.hide : t.show}</button>
        <button type="button" class="small" onClick=${() => (form.set(field, suggested()), setShown(true))}>${t.suggest}</button>
      </div>
      <${Sentences} form=${form} field=${field} hint=${hint} />
    </div>`;
}

/** @param {{ name: string | null }} props null: a new one */
export function Agent({ name }) {
  const t = texts.value.agent;
  const there = name === null ? null : agents.value[name];
  const serving = name === null ? [] : servedBy(name);
  const base = { ...(there ?? NEW), serving };
  const form = useForm({
    key: name === null ? to("new-agent") : to("agent", name),
    base,
    show: (base) => ({ id: "", password: "", ...base, skills: skillRows(base.skills) }),
    read: ({ id, named, serving, password, ...agent }) => ({ ...agent, skills: readSkills(agent.skills), ...(password ? { password } : {}) }),
    check: (value) => onlyWrong({
      name: textError(value.name, 100),
      email: /^$|^\S+@\S+$/.test(value.email) ? "" : t.emailWrong,
      id: name === null ? keyError(value.id, agents.value) : "",
      skills: skillsError(value.skills),
      password: value.password.length >= SHORTEST || ((name !== null || value.invited) && !value.password) ? "" : t.passwordShort,
    }),
    save: async (content, { serving: before, ...base }) => {
      const { id, serving: chosen } = form.value;
      await store("agents", name ?? id, content, there && base);
      if (!same(before, chosen)) await serve(name ?? id, chosen);
      await load(); // the seats
      if (name === null) go(to("agents"), texts.peek().form.created(form.value.name.trim()));
    },
  });
  if (name !== null && !there) return html`<${Heading} title=${texts.value.gone} up=${[to("agents"), texts.value.agents]} />`;

  const named = (/** @type {string} */ text) => {
    form.set("name", text);
    if (name === null && !form.value.named) form.set("id", keyOf(text));
  };
  const atDesk = ["agent", "supervisor"].includes(form.value.role);
  return html`
    <${Heading} title=${there ? there.name : t.new} lead=${name !== null && name === me.value?.user ? t.yourself : undefined} up=${[to("agents"), texts.value.agents]} />
    <form onSubmit=${form.submit} noValidate autocomplete="off">
      <section class="card">
        <${Text} form=${form} field="name" label=${t.name} hint=${t.nameHint} onText=${named} />
        ${name === null
          ? html`<${Text} form=${form} field="id" label=${t.login} hint=${t.loginHint} mono onText=${(/** @type {string} */ text) => (form.set("named", true), form.set("id", text.trim()))} />`
          : html`<p class="field"><span class="muted">${t.login}</span> <span class="mono">${name}</span></p>`}
        <${Text} form=${form} field="email" label=${t.email} hint=${t.emailHint} type="email" optional />
        ${name === null && html`<${Check} form=${form} field="invited" label=${t.byLink} hint=${t.byLinkHint} />`}
        ${!(name === null && form.value.invited) && html`<${Password} form=${form} fresh=${name === null} />`}
        <${Check} form=${form} field="enabled" label=${t.enabled} hint=${t.enabledHint} />
      </section>
      <section class="card">
        <${Choice} form=${form} field="role" label=${t.role} options=${t.roles} />
        <${Seats} />
      </section>
      ${(atDesk || form.value.serving.length > 0) && html`
        <section class="card">
          <${Boxes} form=${form} field="serving" label=${t.queues} hint=${t.queuesHint} options=${Object.entries(queues.value).map(([queue, { name }]) => [queue, name])} empty=${t.noQueues} />
          <${SkillsField} form=${form} field="skills" label=${t.skills} hint=${t.skillsHint} />
        </section>`}
      <${SaveBar} form=${form} fresh=${name === null} label=${name === null ? t.create : undefined} />
    </form>
    ${there && name !== null && html`<${Entry} key=${name} name=${name} agent=${there} /><${Removal} path=${path("agents", name)} title=${t.delete} hint=${t.deleteHint} question=${t.deleteAsk(there.name)} text=${t.deleteText} done=${t.deleted(there.name)} after=${to("agents")} draft=${to("agent", name)} />`}`;
}
