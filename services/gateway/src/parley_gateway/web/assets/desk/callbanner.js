/** The agent is on the telephone: with whom, and what comes back when the call is over (R12 to R14). */
import { html } from "../vendor/preact-htm-signals.js";
import { Icon } from "../shared/icons.js";
import { select } from "./desk.js";
import { texts } from "./language.js";
import { selected, view } from "./state.js";
import { nameOf } from "./texts.js";

export function CallBanner() {
  const inbox = view.value?.inbox ?? [];
  const call = inbox.find(({ kind, stage, activity }) => kind === "call" && stage === "conversation" && activity === "active");
  if (!call) return null;
  const t = texts.value.call;
  const held = inbox.filter((item) => item.activity === "interrupted" && item.interrupted_by === call.item);
  const wrapUps = held.filter(({ stage }) => stage === "wrap_up").length;
  const items = held.length - wrapUps;
  const chats = held.every(({ kind }) => kind === "chat");
  const from = nameOf(call) || t.anybody;
  return html`
    <div class=${`call-banner ${call.answered ? "" : "ringing"}`} role="status" data-testid="call-banner">
      <${Icon} name="phone" />
      <p><b dir="auto">${call.answered ? t.talking(from) : t.rings(from)}</b>
        ${items > 0 && html`<span data-testid="held-chats">${(chats ? t.chats : t.items)(items)}</span>`}
        ${wrapUps > 0 && html`<span data-testid="held-wrap-ups">${t.wrapUps(wrapUps)}</span>`}</p>
      ${selected.value !== call.item && html`<button class="small" data-testid="show-call" onClick=${() => select(call.item)}>${t.show}</button>`}
    </div>`;
}
