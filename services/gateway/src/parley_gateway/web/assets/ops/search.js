/** One box for whatever somebody has in hand. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { ask } from "../shared/ask.js";
import { Heading } from "../shared/heading.js";
import { useAnswer, Waiting } from "./asking.js";
import { route, to } from "./route.js";
import { api, exactly, isLogin, sentence, texts } from "./state.js";

const ITEMS = new Set(["chat", "call", "email", "task"]);

/** @type {(found: any) => string} where it leads */
function leads(found) {
  if (ITEMS.has(found.kind)) return to(["item", found.id]);
  if (found.kind === "time") return to(["events"], { until: found.id });
  return to(["events"], { [found.kind]: found.id });
}

export function SearchBox() {
  const t = texts.value.search;
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const q = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("q")).trim();
    if (!q) return;
    setBusy(true);
    setWhy("");
    try {
      const { found } = await ask("GET", api("find", { q }));
      const items = found.flatMap((/** @type {any} */ each) => (ITEMS.has(each.kind) ? [each.id] : (each.items ?? []).map((/** @type {any} */ item) => item.item)));
      location.hash = items.length === 1 ? to(["item", items[0]]) : to(["found"], { q });
    } catch (refusal) {
      if (!isLogin(refusal)) setWhy(sentence(refusal));
    }
    setBusy(false);
  };
  return html`
    <form class="search" role="search" onSubmit=${submit}>
      <label class="out-of-sight" for="q">${t.label}</label>
      <input id="q" name="q" type="search" maxlength="200" placeholder=${t.placeholder} autocomplete="off" autocapitalize="off" spellcheck=${false} />
      <button class="primary" disabled=${busy}>${t.search}</button>
      <p class="problem" role="alert">${why}</p>
    </form>`;
}

export function Found() {
  const t = texts.value.search;
  const q = route.value.query.get("q") ?? "";
  const [asked, again] = useAnswer(api("find", { q }));
  const found = asked.found?.found ?? [];
  const kinds = /** @type {Record<string, string>} */ (t.kinds);
  return html`
    <${Heading} title=${q} />
    <${Waiting} asked=${asked} again=${again} empty=${asked.found && !found.length ? t.none : ""} />
    <ul class="events" data-testid="found">
      ${found.map((/** @type {any} */ each) => html`
        <li key=${each.kind + each.id}><p><strong>${kinds[each.kind] ?? each.kind}</strong> <a href=${leads(each)} dir="auto">${each.id}</a> <span class="muted">${exactly(each.at)}</span></p>
          ${each.items && html`<ul>${each.items.map((/** @type {any} */ item) => html`<li key=${item.item}>${kinds[item.kind] ?? item.kind} <a href=${to(["item", item.item])} dir="auto">${item.item}</a> <span class="muted">${exactly(item.at)}</span></li>`)}</ul>`}
        </li>`)}
    </ul>`;
}
