/** The small form of an act: to whom or where, and why. What is refused stays in it, with the reason. */
import { html, useEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { setup } from "../desk/setup.js";
import { titleOf } from "../desk/texts.js";
import { stateOf } from "./agents.js";
import { Button, whyNot } from "./doing.js";
import { act, ask, asked, untick, watch } from "./floor.js";
import { deskTexts, texts } from "./language.js";
import { goOn } from "./place.js";
import { connected, floor, form } from "./state.js";
import { inOrder } from "./view.js";

/** @typedef {import("./types.js").Form} Asked */
/** @typedef {import("./types.js").Item} Item */

/** @param {{ items: Item[] }} props */
function ToAgent({ items }) {
  const t = texts.value.act.assign;
  const { agents = [], work = [] } = floor.value ?? {};
  const there = inOrder(agents).filter(({ id, state }) => state !== "logged_out" && items.some(({ owner }) => owner !== id));
  return html`
    <label>${t.to}<select name="agent" required data-testid="act-agent"><option value="">${t.choose}</option>
      ${there.map((agent) => html`<option key=${agent.id} value=${agent.id}>${agent.name} – ${stateOf(agent)}, ${t.has(work.filter(({ owner }) => owner === agent.id).length)}</option>`)}</select></label>`;
}

/** @param {{ items: Item[] }} props */
function ToQueue({ items }) {
  const t = texts.value.act.move;
  const others = (floor.value?.queues ?? []).filter(({ queue }) => items.some((item) => item.queue !== queue));
  return html`
    <label>${t.to}<select name="queue" required data-testid="act-queue"><option value="">${t.choose}</option>
      ${others.map((each) => html`<option key=${each.queue} value=${each.queue}>${each.name} – ${deskTexts.value.pass.queueState({ ready: each.ready, waiting: each.waiting.length })}</option>`)}</select></label>`;
}

function Reasons() {
  const { reasons } = setup.value;
  const t = deskTexts.value.top;
  if (!reasons.length) return null;
  return html`<label>${texts.value.act.agent_state.reason}<select name="reason" data-testid="act-reason"><option value="">${t.noReason}</option>${reasons.map((reason) => html`<option key=${reason} value=${reason}>${reason}</option>`)}</select></label>`;
}

/** @param {{ agent: string }} props */
const ServedQueues = ({ agent }) => html`
  <fieldset><legend>${texts.value.act.agent_queues.which}</legend>
    ${(floor.peek()?.queues ?? []).map((each) => html`<label class="choice" key=${each.queue}><input type="checkbox" name="queues" value=${each.queue} defaultChecked=${each.agents?.includes(agent)} /> <bdi>${each.name}</bdi></label>`)}</fieldset>`;

/** @type {(asked: Asked, given: FormData) => object} what the command has besides the item */
function fieldsOf({ act, agent, state }, given) {
  const say = (/** @type {string} */ name) => String(given.get(name) ?? "").trim();
  const why = say("why") && { why: say("why") };
  if (act === "assign") return { agent: say("agent"), ...why };
  if (act === "move") return { queue: say("queue"), ...why };
  if (act === "agent_state") return { agent: agent?.id, state, ...(say("reason") && { reason: say("reason") }), ...why };
  if (act === "agent_queues") return { agent: agent?.id, queues: given.getAll("queues").map(String), ...why };
  return { ...(agent && { agent: agent.id }), ...why };
}

/** @type {(asked: Asked) => [title: string, text: string, submit: string]} what is asked, and what its button says */
function words({ act, items = [], agent, state }) {
  const t = texts.value.act;
  const one = items.length === 1 ? titleOf(items[0]) : "";
  if (act === "agent_state") return [(state === "ready" ? t.agent_state.readyTitle : t.agent_state.notReadyTitle)(agent?.name ?? ""), "", state === "ready" ? t.agent_state.ready : t.agent_state.notReady];
  if (act === "agent_logout") {
    const has = floor.value?.work.filter(({ owner }) => owner === agent?.id).length ?? 0;
    return [t.agent_logout.title(agent?.name ?? ""), t.agent_logout.text(has), t.agent_logout.button];
  }
  if (act === "agent_queues") return [t.agent_queues.title(agent?.name ?? ""), "", t.agent_queues.submit];
  if (act === "move") return [one ? t.move.title(one) : t.move.titleMany(items.length), "", t.move.button];
  if (act === "take_over") return [t.take_over.title(one), t.take_over.text, t.take_over.button];
  return [t[act].title(one), "", t[act].button];
}

/** @type {(asked: Asked, fields: object) => Promise<{ item?: Item, why: string }[]>} what of it was refused */
async function run({ act: type, items }, fields) {
  const each = items ?? [undefined];
  const done = await Promise.allSettled(each.map((item) => (item && type === "watch" ? watch(item, fields) : act(type, { ...(item && { item: item.item }), ...fields }))));
  return done.flatMap((result, at) => (result.status === "rejected" ? [{ item: each[at], why: whyNot(result.reason) }] : []));
}

/** @param {{ what: Asked }} props */
function Form({ what }) {
  const t = texts.value;
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [state, setState] = useState({ busy: false, refused: /** @type {{ item?: Item, why: string }[]} */ ([]) });
  const [title, text, label] = words(what);
  useEffect(() => void dialog.current?.showModal(), []);
  const closes = !state.busy || !connected.value; // what is under way is waited for while there is a connection
  const close = () => {
    dialog.current?.close(); // gives the focus back
    asked();
    requestAnimationFrame(goOn);
  };
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (state.busy) return;
    setState({ busy: true, refused: [] });
    const refused = await run(what, fieldsOf(what, new FormData(/** @type {HTMLFormElement} */ (event.target))));
    const many = (what.items?.length ?? 0) > 1;
    if (!refused.length) {
      if (many) untick();
      return close();
    }
    setState({ busy: false, refused });
    if (many) ask({ ...what, items: refused.flatMap(({ item }) => item ?? []) }); // the others are done
  };
  return html`
    <dialog class="act" ref=${dialog} aria-labelledby="act-title" onCancel=${(/** @type {Event} */ event) => (event.preventDefault(), closes && close())} data-testid="act-form" data-act=${what.act}>
      <form onSubmit=${submit}>
        <h2 id="act-title" dir="auto">${title}</h2>
        ${text && html`<p>${text}</p>`}
        ${what.act === "assign" && html`<${ToAgent} items=${what.items ?? []} />`}
        ${what.act === "move" && html`<${ToQueue} items=${what.items ?? []} />`}
        ${what.act === "agent_state" && what.state === "not_ready" && html`<${Reasons} />`}
        ${what.act === "agent_queues" && what.agent && html`<${ServedQueues} agent=${what.agent.id} />`}
        <label>${t.why}<input name="why" maxlength="500" autocomplete="off" dir="auto" data-testid="act-why" /></label>
        <div class="problem" role="alert" data-testid="act-refused">${state.refused.map(({ item, why }) => html`<p key=${item?.item ?? ""} class="problem">${state.refused.length > 1 && item ? `${titleOf(item)}: ` : ""}${why}</p>`)}</div>
        <div class="buttons"><button type="button" disabled=${!closes} onClick=${close} data-testid="act-cancel">${deskTexts.value.cancel}</button><${Button} class=${what.act === "agent_logout" ? "danger" : "primary"} busy=${state.busy} label=${label} data-testid="act-submit" /></div>
      </form>
    </dialog>`;
}

export const ActForm = () => form.value && html`<${Form} what=${form.value} />`;
