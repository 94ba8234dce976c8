/** The floor at any moment: slid, stepped and played through. */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { useAnswer, Waiting } from "./asking.js";
import { Heading } from "../shared/heading.js";
import { route, stay, to } from "./route.js";
import { api, exactly, texts, word } from "./state.js";

const SPEEDS = [1, 10, 60];
const TICK_MS = 500;

export function Floor() {
  const t = texts.value.floor;
  const version = route.value.query.get("version") ?? undefined;
  const [asked, again] = useAnswer(api("floor", { version }));
  const [speed, setSpeed] = useState(0);
  const floor = asked.found;
  const go = (/** @type {number} */ number) => stay(to(["floor"], { version: floor && number >= floor.last_version ? undefined : Math.max(0, number) }));
  useEffect(() => {
    if (!speed || !floor || asked.asking) return undefined;
    if (floor.version >= floor.last_version) return void setSpeed(0);
    const timer = setTimeout(() => go(floor.version + speed), TICK_MS);
    return () => clearTimeout(timer);
  }, [speed, floor, asked.asking]);
  const states = /** @type {Record<string, string>} */ (t.states);
  return html`
    <${Heading} title=${t.title} lead=${floor ? t.lead(exactly(floor.at)) : undefined} />
    <${Waiting} asked=${asked} again=${again} />
    ${floor && html`
      <section class="card">
        <div class="field slide"><label for="version">${t.after(floor.version, floor.last_version)}</label>
          <input id="version" type="range" min="0" max=${floor.last_version} value=${floor.version} onInput=${(/** @type {any} */ event) => go(Number(event.target.value))} /></div>
        <div class="buttons play"><button type="button" class="small" onClick=${() => go(floor.version - 1)}>${t.back}</button>
          <button type="button" class="small" onClick=${() => go(floor.version + 1)}>${t.step}</button>
          ${SPEEDS.map((each) => html`<button key=${each} type="button" class="small" aria-pressed=${speed === each} onClick=${() => setSpeed(speed === each ? 0 : each)}>${speed === each ? t.pause : t.play(each)}</button>`)}</div>
      </section>
      <section class="card"><h2>${t.agents}</h2>
        <ul class="people" data-testid="agents">${floor.agents.map((/** @type {any} */ agent) => html`<li key=${agent.agent}><b dir="auto">${agent.name ?? agent.agent}</b> <span class=${`state ${agent.state}`}>${states[agent.state] ?? agent.state}</span> <span class="muted" dir="auto">${agent.reason ?? ""}</span></li>`)}</ul>
        ${!floor.agents.length && html`<p class="muted">${t.nobody}</p>`}</section>
      <section class="card"><h2>${t.queues}</h2>
        <ul class="people" data-testid="queues">${Object.entries(floor.queues).map(([name, queue]) => html`<li key=${name}><b dir="auto">${queue.name}</b> <span class="muted">${t.waiting(queue.length ?? queue.waiting.length)}</span> ${queue.waiting.slice(0, 50).map((/** @type {string} */ item) => html`<a key=${item} class="chip" href=${to(["item", item])} dir="auto">${item}</a>`)}</li>`)}</ul></section>
      <section class="card"><h2>${t.items}</h2>
        <div class="wide"><table data-testid="items"><thead><tr><th scope="col">${t.item}</th><th scope="col">${t.queue}</th><th scope="col">${t.stage}</th><th scope="col">${t.owner}</th></tr></thead><tbody>
          ${floor.items.map((/** @type {any} */ item) => html`<tr key=${item.item}><td><a href=${to(["item", item.item])} dir="auto">${item.item}</a> <span class="muted">${item.kind}</span></td><td dir="auto">${item.queue}</td><td>${word(item.stage)}${item.activity ? `, ${word(item.activity)}` : ""}</td><td dir="auto">${item.owner ?? ""}</td></tr>`)}
        </tbody></table></div>
        ${!floor.items.length && html`<p class="muted">${t.nothing}</p>`}
        ${floor.left_out && html`<p class="muted">${t.leftOut(floor.left_out)}</p>`}</section>`}`;
}
