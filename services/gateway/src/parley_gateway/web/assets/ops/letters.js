/** What a service could not take: why, and what is to become of it. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { Reason, useAnswer, Waiting } from "./asking.js";
import { Heading } from "../shared/heading.js";
import { to } from "./route.js";
import { api, ask, exactly, isLogin, sentence, texts } from "./state.js";

export function Letters() {
  const t = texts.value.letters;
  const [asked, again] = useAnswer(api("letters"));
  const [said, setSaid] = useState("");
  const [busy, setBusy] = useState("");
  const [leaving, setLeaving] = useState("");
  const letters = asked.found?.letters ?? [];
  const see = async (/** @type {string} */ letter, /** @type {"retry" | "discard"} */ what, /** @type {object} */ body) => {
    setBusy(letter);
    setSaid("");
    try {
      const done = await ask("POST", api(`letters/${encodeURIComponent(letter)}/${what}`), body);
      const results = /** @type {Record<string, string>} */ (t.results);
      setSaid(`${letter}: ${results[done.result] ?? done.result}${done.reason ? ` (${done.reason})` : ""}`);
    } catch (refusal) {
      if (!isLogin(refusal)) setSaid(`${letter}: ${sentence(refusal)}`);
    }
    setBusy("");
    again();
  };
  const answer = (/** @type {string | null} */ reason) => {
    const letter = leaving;
    setLeaving("");
    if (reason) see(letter, "discard", { reason });
  };
  return html`
    <${Heading} title=${t.title} lead=${t.lead} />
    <p role="status" class=${said ? "said" : "said none"} dir="auto">${said}</p>
    <${Waiting} asked=${asked} again=${again} empty=${asked.found && !letters.length ? t.none : ""} />
    <ol class="events" data-testid="letters">
      ${letters.map((/** @type {any} */ letter) => html`
        <li key=${letter.letter} data-letter=${letter.letter}>
          <p><strong>${letter.letter}</strong> <span class="mono">${letter.type}</span> <span class="muted">${letter.kind}, ${t.tried(letter.tries)}, ${exactly(letter.first_at)}</span>
            ${letter.item && html` <a href=${to(["item", letter.item])} dir="auto">${letter.item}</a>`}</p>
          <p class="problem" dir="auto">${letter.reason}</p>
          ${letter.kind !== "behind" && html`<div class="buttons left"><button type="button" class="small" disabled=${busy === letter.letter} onClick=${() => see(letter.letter, "retry", {})}>${t.retry}</button>
            <button type="button" class="small danger" disabled=${busy === letter.letter} onClick=${() => setLeaving(letter.letter)}>${t.discard}</button></div>`}
        </li>`)}
    </ol>
    ${leaving && html`<${Reason} title=${t.discardTitle(leaving)} text=${t.discardText} label=${t.discardLabel} yes=${t.discard} no=${texts.value.cancel} answer=${answer} />`}`;
}
