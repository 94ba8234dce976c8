/** The first page: what there is, what is still lacking, and the way there. */
import { html, useEffect } from "../vendor/preact-htm-signals.js";
import { Heading } from "../shared/heading.js";
import { progress } from "./setup.js";
import { agents, calls, licence, listen, queues, services, texts } from "./state.js";
import { when } from "./times.js";
import { to } from "./route.js";
import { Icon } from "../shared/icons.js";

export function Overview() {
  useEffect(() => void listen(), []);
  const t = texts.value.overview;
  const there = progress({ queues: queues.value, agents: agents.value, services: services.value, calls: calls.value });
  const { done } = there;
  const first = Object.keys(services.value)[0];
  const steps = [
    { id: "queue", title: t.queue, why: t.queueWhy, stands: done.queue ? t.queueDone(there.queues) : t.queueLacks, action: t.queueDo, do: to("new-queue"), look: to("queues") },
    { id: "agent", title: t.agent, why: t.agentWhy, stands: done.agent ? t.agentDone(there.agents, there.serving) : there.agents ? t.agentNoQueue : t.agentLacks, action: t.agentDo, do: there.agents ? to("agents") : to("new-agent"), look: to("agents") },
    { id: "service", title: t.service, why: t.serviceWhy, stands: done.service ? t.serviceDone(there.on) : there.on ? (there.served ? t.serviceNowhere : t.serviceNobody) : there.services ? t.serviceOff : t.serviceLacks, action: t.serviceDo, do: there.services ? to("services") : to("new-service"), look: to("services") },
    { id: "snippet", title: t.snippet, why: t.snippetWhy, stands: there.call ? t.snippetDone(there.call.origin ?? t.ownPage, when(there.call.at)) : first ? t.snippetWaits(when(calls.value.since)) : t.snippetLacks, action: t.snippetDo, do: to("snippet", ...(first ? [first] : [])), look: to("snippet", ...(first ? [first] : [])) },
  ];
  const next = steps.find(({ id }) => !done[/** @type {keyof typeof done} */ (id)])?.id;
  return html`
    <${Heading} title=${t.title} lead=${next ? t.lead : t.ready} />
    ${!licence.value.valid && html`
      <div class="warning" role="note">
        <${Icon} name="warn" />
        <p><strong>${t.unlicensed}</strong> <span lang="en">${licence.value.reason}</span></p>
        <a class="button" href=${to("licence")}>${t.toLicence}</a>
      </div>`}
    <ol class="steps">
      ${steps.map((step, index) => {
        const ready = done[/** @type {keyof typeof done} */ (step.id)];
        const state = ready ? "done" : step.id === next ? "next" : "open";
        const lacks = !ready && step.stands !== t.queueLacks && step.id !== "snippet" && step.do === step.look;
        return html`
          <li key=${step.id} class=${`step ${state}`} data-step=${step.id} data-state=${state}>
            <span class="mark" aria-hidden="true">${ready ? html`<${Icon} name="check" />` : index + 1}</span>
            <div class="step-text">
              <h2>${step.title} <span class="state">${t[state]}</span></h2>
              <p class="muted">${step.why}</p>
              <p class="stands">${step.stands}</p>
            </div>
            ${ready || lacks
              ? html`<a class=${state === "next" ? "button primary" : "button"} href=${step.look} aria-label=${`${t.look}: ${step.title}`}>${t.look}</a>`
              : html`<a class=${state === "next" ? "button primary" : "button"} href=${step.do}>${step.action}</a>`}
          </li>`;
      })}
    </ol>
    <p class="after"><a href="/desk">${t.desk}</a></p>`;
}
