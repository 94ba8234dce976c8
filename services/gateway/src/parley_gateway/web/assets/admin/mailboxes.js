/** The company's mailboxes: where mails are collected, which queue they wait in, and the address that answers come from (R3). */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { ask, path } from "./api.js";
import { Check, Select, Text } from "./fields.js";
import { keyError, keyOf, onlyWrong, SaveBar, textError, useForm } from "./form.js";
import { Heading } from "../shared/heading.js";
import { Icon } from "../shared/icons.js";
import { Removal } from "./removal.js";
import { go, to } from "./route.js";
import { isLogin, queues, sentence, texts } from "./state.js";

/** @typedef {{ address: string, queue: string, name: string, url: string, enabled: boolean, password: boolean }} Mailbox */

/** @type {Mailbox} */
const NEW = { address: "", queue: "", name: "", url: "", enabled: true, password: false };

/** @returns {{ all: Record<string, Mailbox> | null, refused: string, load: () => Promise<void> }} what is set, asked for when the page is opened */
function useMailboxes() {
  const [all, setAll] = useState(/** @type {Record<string, Mailbox> | null} */ (null));
  const [refused, setRefused] = useState("");
  const load = async () => {
    try {
      setAll((await ask("GET", path("mailboxes"))).mailboxes);
    } catch (refusal) {
      if (!isLogin(refusal)) setRefused(sentence(refusal));
    }
  };
  useEffect(() => void load(), []);
  return { all, refused, load };
}

export function Mailboxes() {
  const t = texts.value.mailbox;
  const { all, refused } = useMailboxes();
  const found = Object.entries(all ?? {});
  return html`
    <${Heading} title=${texts.value.mailboxes} lead=${t.lead} />
    <p class="problem" role="alert">${refused}</p>
    <p class="toolbar"><a class="button primary" href=${to("new-mailbox")}><${Icon} name="plus" /> ${t.create}</a></p>
    ${all && !found.length && html`<p class="empty card">${t.empty}</p>`}
    <ul class="list">
      ${found.map(([name, mailbox]) => html`
        <li key=${name}>
          <a class="main" href=${to("mailbox", name)} dir="ltr">${mailbox.address}</a>
          <span class="mono muted">${name}</span>
          <span class="facts"><span class=${mailbox.enabled ? "" : "lacking"}>${!mailbox.enabled ? t.off : mailbox.url ? t.collected : t.byHook}</span> · ${queues.value[mailbox.queue]?.name ?? mailbox.queue}</span>
        </li>`)}
    </ul>`;
}

/** @param {{ name: string | null }} props null: a new one */
export function MailboxPage({ name }) {
  const { all, refused, load } = useMailboxes();
  if (!all) return html`<${Heading} title=${texts.value.mailboxes} /><p class="problem" role="alert">${refused}</p>`;
  if (name !== null && !all[name]) return html`<${Heading} title=${texts.value.gone} up=${[to("mailboxes"), texts.value.mailboxes]} />`;
  return html`<${MailboxForm} key=${name} name=${name} all=${all} load=${load} />`;
}

/** @param {{ name: string | null, all: Record<string, Mailbox>, load: () => Promise<void> }} props */
function MailboxForm({ name, all, load }) {
  const t = texts.value.mailbox;
  const there = name === null ? null : all[name];
  const only = Object.keys(queues.value);
  const form = useForm({
    key: name === null ? to("new-mailbox") : to("mailbox", name),
    base: there ?? NEW,
    show: (base) => ({ id: "", ...base, password: "", queue: base.queue || (only.length === 1 ? only[0] : "") }),
    read: ({ id, named, password, ...mailbox }) => ({ ...mailbox, address: mailbox.address.trim(), name: mailbox.name.trim(), url: mailbox.url.trim(), ...(password ? { password } : {}) }),
    check: (value) => onlyWrong({
      address: /^\S+@\S+$/.test(value.address.trim()) ? "" : t.addressWrong,
      id: name === null ? keyError(value.id, all) : "",
      name: textError(value.name.trim(), 200, true),
      queue: value.queue ? "" : texts.value.form.required,
      url: !value.url.trim() || /^imaps?:\/\/[^\s:@/]+@[^\s@]+$/.test(value.url.trim()) ? "" : t.urlWrong,
      password: value.url.trim() && !there?.password && !value.password ? t.passwordLacks : "",
    }),
    save: async (content) => {
      const { id } = form.value;
      await ask("PUT", path("mailboxes", name ?? id), content);
      if (name === null) go(to("mailboxes"), texts.peek().form.created(content.address));
      else await load();
    },
  });
  const addressed = (/** @type {string} */ text) => {
    form.set("address", text);
    if (name === null && !form.value.named) form.set("id", keyOf(text.split("@")[0]));
  };
  return html`
    <${Heading} title=${there ? there.address : t.new} up=${[to("mailboxes"), texts.value.mailboxes]} />
    <form onSubmit=${form.submit} noValidate autocomplete="off">
      <section class="card">
        <${Text} form=${form} field="address" label=${t.address} hint=${t.addressHint} type="email" onText=${addressed} />
        ${name === null
          ? html`<${Text} form=${form} field="id" label=${texts.value.form.identifier} hint=${texts.value.form.identifierHint} mono onText=${(/** @type {string} */ text) => (form.set("named", true), form.set("id", text.trim()))} />`
          : html`<p class="field"><span class="muted">${texts.value.form.identifier}</span> <span class="mono">${name}</span></p>`}
        <${Select} form=${form} field="queue" label=${t.queue} hint=${t.queueHint} first=${t.queueChoose} options=${Object.entries(queues.value).map(([queue, { name }]) => [queue, name])} />
        <${Text} form=${form} field="name" label=${t.name} hint=${t.nameHint} optional />
        <${Check} form=${form} field="enabled" label=${t.enabled} hint=${t.enabledHint} />
      </section>
      <section class="card">
        <h2>${t.server}</h2>
        <${Text} form=${form} field="url" label=${t.url} hint=${t.urlHint} placeholder="imaps://support%40example.org@imap.example.org" mono optional />
        <${Text} form=${form} field="password" label=${t.password} hint=${there?.password ? t.passwordKept : t.passwordHint} type="password" optional />
      </section>
      <${SaveBar} form=${form} fresh=${name === null} label=${name === null ? t.create : undefined} />
    </form>
    ${there && name !== null && html`
      <${Removal} path=${path("mailboxes", name)} title=${t.delete} hint=${t.deleteHint} question=${t.deleteAsk(there.address)} text=${t.deleteText} done=${t.deleted(there.address)} after=${to("mailboxes")} draft=${to("mailbox", name)} />`}`;
}
