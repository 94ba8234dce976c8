/** The way to delete something: set apart, and asked about. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { ask } from "./api.js";
import { keep } from "./drafts.js";
import { confirmed } from "../shared/question.js";
import { go } from "./route.js";
import { isLogin, load, sentence, texts } from "./state.js";

/**
 * `path` is deleted; then it goes to the page `after`, where `done` is said. `draft`: the key of what was typed here.
 * @param {{ path: string, title: string, hint: string, question: string, text: string, done: string, after: string, draft: string }} props
 */
export function Removal({ path, title, hint, question, text, done, after, draft }) {
  const [refused, setRefused] = useState("");
  const remove = async () => {
    setRefused("");
    if (!(await confirmed(question, text, texts.peek().form.delete, texts.peek().form.cancel))) return;
    try {
      await ask("DELETE", path);
    } catch (refusal) {
      if (!isLogin(refusal)) setRefused(sentence(refusal));
      return;
    }
    keep(draft, null);
    go(after, done);
    await load();
  };
  return html`
    <section class="card removal">
      <div><h2>${title}</h2><p class="hint">${hint}</p><p class="problem" role="alert">${refused}</p></div>
      <button type="button" class="danger" onClick=${remove}>${texts.value.form.delete}</button>
    </section>`;
}
