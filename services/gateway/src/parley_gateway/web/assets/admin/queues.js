/** Queues: all of them, and one with everything that an administrator decides about it (R4, R5, R8, R10, R15, R18). */
import { html } from "../vendor/preact-htm-signals.js";
import { path } from "./api.js";
import { Boxes, Check, Choice, Num, Text } from "./fields.js";
import { keyError, keyOf, onlyWrong, SaveBar, textError, useForm, wholeError } from "./form.js";
import { Heading } from "../shared/heading.js";
import { hoursError, HoursField } from "./hours.js";
import { get } from "./pieces.js";
import { Removal } from "./removal.js";
import { go, to } from "./route.js";
import { atDesk, progress } from "./setup.js";
import { agents, calls, queues, services, texts } from "./state.js";
import { store } from "./store.js";
import { Icon } from "../shared/icons.js";

/** @typedef {import("./types.js").Kind} Kind */

/** @type {Kind[]} */
const KINDS = ["call", "chat", "email", "task"];
const PRIORITY = /** @type {const} */ ([0, 1000]);
const SECONDS = /** @type {const} */ ([1, 86_400]);
/** @type {Record<string, readonly [number, number]>} */
const RANGES = {
  chats_per_agent: [1, 200],
  ring_s: [1, 600],
  reply_target_s: SECONDS,
  mail_reply_target_s: [1, 2_592_000],
  "wrap_up.limit_s": SECONDS,
  "wrap_up.extension_s": SECONDS,
  "wrap_up.extensions": [0, 100],
  "routing.points_per_minute": [0, 1000],
  "routing.relax_after_s": SECONDS,
};
const LENGTH = /** @type {const} */ ([0, 1_000_000]);

/** @type {import("./types.js").Queue} what a new queue begins with: the server's own defaults */
const NEW = {
  name: "",
  distribution: "push",
  priority: {},
  chats_per_agent: 1,
  max_length: null,
  wait_without_agents: true,
  wrap_up: { on: true, limit_s: 60, extension_s: 60, extensions: 3, calls: false },
  interrupts: ["call"],
  interruptible: ["chat", "email", "task"],
  ring_s: 20,
  reply_target_s: 60,
  mail_reply_target_s: 14_400,
  agents: [],
  hours: null,
  routing: { order: "priority", points_per_minute: 1, agent: "longest_idle", relax_after_s: 30, interrupt: "least_recently_interrupted" },
};

export function Queues() {
  const t = texts.value.queue;
  const all = Object.entries(queues.value);
  return html`
    <${Heading} title=${texts.value.queues} lead=${t.lead} />
    <p class="toolbar"><a class="button primary" href=${to("new-queue")}><${Icon} name="plus" /> ${t.create}</a></p>
    ${!all.length && html`<p class="empty card">${t.empty}</p>`}
    <ul class="list">
      ${all.map(([name, queue]) => html`
        <li key=${name}>
          <a class="main" href=${to("queue", name)} dir="auto">${queue.name}</a>
          <span class="mono muted">${name}</span>
          <span class="facts">${queue.distribution === "push" ? t.push : t.pick} · <span class=${queue.agents.length ? "" : "lacking"}>${t.serves(queue.agents.length)}</span></span>
        </li>`)}
    </ul>`;
}

/** The order of the kinds as the server keeps it, so that a box ticked and unticked changes nothing. @type {(base: Kind[], chosen: Kind[]) => Kind[]} */
const asBefore = (base, chosen) => [...base.filter((kind) => chosen.includes(kind)), ...chosen.filter((kind) => !base.includes(kind))];

/** What matters less is folded while a queue is made, for all of it has usual values. @param {{ title: string, open: boolean, children?: any }} props */
const Section = ({ title, open, children }) => html`
  <details class="card" open=${open}>
    <summary><h2>${title}</h2></summary>
    <div class="folded">${children}</div>
  </details>`;

/** @param {{ name: string | null }} props null: a new one */
export function Queue({ name }) {
  const t = texts.value.queue;
  const there = name === null ? null : queues.value[name];
  const form = useForm({
    key: name === null ? to("new-queue") : to("queue", name),
    base: there ?? NEW,
    show: (base) => ({ id: "", ...base, priority: Object.fromEntries(KINDS.map((kind) => [kind, base.priority[kind] ?? null])) }),
    read: ({ id, named, ...queue }) => ({
      ...queue,
      interrupts: asBefore((there ?? NEW).interrupts, queue.interrupts),
      interruptible: asBefore((there ?? NEW).interruptible, queue.interruptible),
      priority: Object.fromEntries(Object.entries(queue.priority).filter(([, value]) => value !== null)),
    }),
    check: (value) => onlyWrong({
      name: textError(value.name, 100),
      id: name === null ? keyError(value.id, queues.value) : "",
      hours: hoursError(value.hours),
      max_length: wholeError(value.max_length, ...LENGTH, true),
      ...Object.fromEntries(KINDS.map((kind) => [`priority.${kind}`, wholeError(value.priority[kind], ...PRIORITY, true)])),
      ...Object.fromEntries(Object.entries(RANGES).map(([field, range]) => [field, wholeError(get(value, field), ...range)])),
    }),
    save: async (content, base) => {
      const { id } = form.value;
      await store("queues", name ?? id, content, there && base);
      // Who sets up a company goes on with the next step; who has, stays with what was made.
      const { done } = progress({ queues: queues.peek(), agents: agents.peek(), services: services.peek(), calls: calls.peek() });
      const onTheWay = !Object.values(done).every(Boolean);
      if (name === null) go(onTheWay ? to("start") : to("queue", id), texts.peek().form.created(form.value.name.trim()));
    },
  });
  if (name !== null && !there) return html`<${Heading} title=${texts.value.gone} up=${[to("queues"), texts.value.queues]} />`;

  const kinds = (/** @type {Kind[]} */ some) => /** @type {[string, string][]} */ (some.map((kind) => [kind, texts.value.kinds[kind]]));
  const named = (/** @type {string} */ text) => {
    form.set("name", text);
    if (name === null && !form.value.named) form.set("id", keyOf(text));
  };
  const others = form.value.agents.filter((/** @type {string} */ agent) => !atDesk(agents.value).some(([known]) => known === agent));
  const people = /** @type {[string, string][]} */ ([...atDesk(agents.value).map(([agent, { name }]) => [agent, name]), ...others.map((/** @type {string} */ agent) => [agent, agents.value[agent]?.name ?? agent])]);
  const { routing, wrap_up: wrapUp } = form.value;
  // what does not matter now is out of the way, but not while it is wrong
  const shown = (/** @type {boolean} */ matters, /** @type {string[]} */ ...fields) => matters || fields.some((field) => wholeError(form.get(field), ...RANGES[field]));
  const seconds = texts.value.form.seconds;
  return html`
    <${Heading} title=${there ? there.name : t.new} up=${[to("queues"), texts.value.queues]} />
    <form onSubmit=${form.submit} noValidate>
      <section class="card">
        <${Text} form=${form} field="name" label=${t.name} hint=${t.nameHint} onText=${named} />
        ${name === null
          ? html`<${Text} form=${form} field="id" label=${texts.value.form.identifier} hint=${texts.value.form.identifierHint} mono onText=${(/** @type {string} */ text) => (form.set("named", true), form.set("id", text.trim()))} />`
          : html`<p class="field"><span class="muted">${texts.value.form.identifier}</span> <span class="mono">${name}</span></p>`}
      </section>
      <section class="card">
        <h2>${t.who}</h2>
        <${Choice} form=${form} field="distribution" label=${t.distribution} options=${{ push: [t.push, t.pushHint], pick: [t.pick, t.pickHint] }} />
        <${Boxes} form=${form} field="agents" label=${t.agents} hint=${t.agentsHint} options=${people} empty=${t.noAgents} />
        <${Num} form=${form} field="chats_per_agent" label=${t.chatsPerAgent} hint=${t.chatsPerAgentHint} unit=${texts.value.form.chats} range=${RANGES.chats_per_agent} />
      </section>
      <${Section} title=${t.waiting} open=${name !== null}>
        <${Choice} form=${form} field="routing.order" label=${t.order} options=${t.orders} />
        ${shown(routing.order === "ageing", "routing.points_per_minute") && html`<${Num} form=${form} field="routing.points_per_minute" label=${t.pointsPerMinute} hint=${t.pointsPerMinuteHint} unit=${texts.value.form.points} range=${RANGES["routing.points_per_minute"]} />`}
        <fieldset class="field" aria-describedby="priority-hint">
          <legend>${t.priority}</legend>
          <p class="hint" id="priority-hint">${t.priorityHint}</p>
          <div class="columns">
            ${KINDS.map((kind) => html`<${Num} key=${kind} form=${form} field=${`priority.${kind}`} label=${texts.value.kinds[kind]} range=${PRIORITY} optional bare placeholder=${kind === "call" ? "100" : "50"} />`)}
          </div>
        </fieldset>
        <${Num} form=${form} field="max_length" label=${t.maxLength} hint=${t.maxLengthHint} unit=${texts.value.form.items} range=${LENGTH} optional />
        <${Check} form=${form} field="wait_without_agents" label=${t.waitWithoutAgents} hint=${t.waitWithoutAgentsHint} />
        <${HoursField} form=${form} field="hours" label=${t.hours} hint=${t.hoursHint} />
      <//>
      <${Section} title=${t.assigning} open=${name !== null}>
        <${Choice} form=${form} field="routing.agent" label=${t.agent} options=${t.agentPolicies} />
        ${shown(routing.agent === "skills", "routing.relax_after_s") && html`<${Num} form=${form} field="routing.relax_after_s" label=${t.relaxAfter} hint=${t.relaxAfterHint} unit=${seconds} range=${SECONDS} />`}
      <//>
      <${Section} title=${t.wrapUp} open=${name !== null}>
        <${Check} form=${form} field="wrap_up.on" label=${t.wrapUpOn} hint=${t.wrapUpOnHint} />
        ${shown(wrapUp.on, "wrap_up.limit_s", "wrap_up.extension_s", "wrap_up.extensions") && html`
          <${Num} form=${form} field="wrap_up.limit_s" label=${t.wrapUpLimit} hint=${t.wrapUpLimitHint} unit=${seconds} range=${SECONDS} />
          <${Num} form=${form} field="wrap_up.extension_s" label=${t.wrapUpExtension} hint=${t.wrapUpExtensionHint} unit=${seconds} range=${SECONDS} />
          <${Num} form=${form} field="wrap_up.extensions" label=${t.wrapUpExtensions} hint=${t.wrapUpExtensionsHint} unit=${texts.value.form.times} range=${RANGES["wrap_up.extensions"]} />
          <${Check} form=${form} field="wrap_up.calls" label=${t.wrapUpCalls} hint=${t.wrapUpCallsHint} />`}
      <//>
      <${Section} title=${t.calls} open=${name !== null}>
        <${Num} form=${form} field="ring_s" label=${t.ring} hint=${t.ringHint} unit=${seconds} range=${RANGES.ring_s} />
        <${Boxes} form=${form} field="interrupts" label=${t.interrupts} hint=${t.interruptsHint} options=${kinds(["call", "email", "task"])} />
        <${Boxes} form=${form} field="interruptible" label=${t.interruptible} hint=${t.interruptibleHint} options=${kinds(["chat", "email", "task"])} />
        <${Choice} form=${form} field="routing.interrupt" label=${t.interrupt} options=${t.interruptPolicies} />
      <//>
      <${Section} title=${t.targets} open=${name !== null}>
        <${Num} form=${form} field="reply_target_s" label=${t.replyTarget} hint=${t.replyTargetHint} unit=${seconds} range=${RANGES.reply_target_s} />
        <${Num} form=${form} field="mail_reply_target_s" label=${t.mailReplyTarget} hint=${t.mailReplyTargetHint} unit=${seconds} range=${RANGES.mail_reply_target_s} />
      <//>
      <${SaveBar} form=${form} fresh=${name === null} label=${name === null ? t.create : undefined} />
    </form>
    ${there && name !== null && html`<${Removal} path=${path("queues", name)} title=${t.delete} hint=${t.deleteHint} question=${t.deleteAsk(there.name)} text=${t.deleteText} done=${t.deleted(there.name)} after=${to("queues")} draft=${to("queue", name)} />`}`;
}
