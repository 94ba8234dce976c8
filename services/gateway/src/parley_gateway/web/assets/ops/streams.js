/** How far the logs go, and how far everybody has come with them. A screen that is old says so. */
import { html, useEffect, useState } from "../vendor/preact-htm-signals.js";
import { useAnswer, Waiting } from "./asking.js";
import { Heading } from "../shared/heading.js";
import { api, exactly, texts } from "./state.js";

const EVERY_MS = 2_000;
const OLD_MS = 5_000;

export function Streams() {
  const t = texts.value.streams;
  const [asked, again] = useAnswer(api("streams"));
  const [old, setOld] = useState(false);
  const streams = asked.found;
  useEffect(() => {
    const timer = setInterval(() => document.hidden || again(), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    setOld(false);
    const timer = setTimeout(() => setOld(true), OLD_MS);
    return () => clearTimeout(timer);
  }, [streams]);
  return html`
    <${Heading} title=${t.title} lead=${streams ? t.lead(exactly(streams.at)) : undefined} />
    ${streams && old && html`<p class="warning" role="alert">${t.old}</p>`}
    <${Waiting} asked=${asked} again=${again} />
    ${streams && html`
      <section class=${`card ${old ? "old" : ""}`}><h2>${t.logs}</h2><div class="wide"><table data-testid="logs"><thead><tr><th scope="col">${t.log}</th><th scope="col">${t.end}</th><th scope="col">${t.indexed}</th></tr></thead><tbody>
        ${streams.logs.map((/** @type {any} */ log) => html`<tr key=${log.log}><td>${log.log}</td><td>${log.end}</td><td>${log.indexed}${log.indexed < log.end ? html` <span class="problem">${t.behind(log.end - log.indexed)}</span>` : ""}</td></tr>`)}</tbody></table></div></section>
      <section class=${`card ${old ? "old" : ""}`}><h2>${t.consumers}</h2><div class="wide"><table><thead><tr><th scope="col">${t.consumer}</th><th scope="col">${t.source}</th><th scope="col">${t.position}</th><th scope="col">${t.lag}</th></tr></thead><tbody>
        ${streams.consumers.map((/** @type {any} */ line) => html`<tr key=${line.consumer + line.source}><td>${line.consumer}</td><td>${line.source}</td><td>${line.position}</td><td class=${line.lag ? "problem" : ""}>${line.lag}</td></tr>`)}</tbody></table></div></section>
      <section class=${`card ${old ? "old" : ""}`}><h2>${t.partitions}</h2><div class="wide"><table><thead><tr><th scope="col">${t.service}</th><th scope="col">${t.partition}</th><th scope="col">${t.owner}</th></tr></thead><tbody>
        ${streams.partitions.map((/** @type {any} */ part) => html`<tr key=${part.service + part.partition}><td>${part.service}</td><td>${part.partition}</td><td class=${part.owner ? "mono" : "problem"}>${part.owner ?? t.unheld}</td></tr>`)}</tbody></table></div></section>`}`;
}
