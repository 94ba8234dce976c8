/** Sentences that go away by themselves, or when told to. */
import { html } from "../vendor/preact-htm-signals.js";
import { notices } from "./state.js";

let count = 0;

/** @param {string} text */
export function notify(text) {
  const id = ++count;
  notices.value = [...notices.value.filter((notice) => notice.text !== text), { id, text }];
  setTimeout(() => dismiss(id), 9000);
}

/** @param {number} id */
const dismiss = (id) => (notices.value = notices.value.filter((notice) => notice.id !== id));

export const Notices = () => html`
  <div class="notices" role="alert" data-testid="notices">
    ${notices.value.map(({ id, text }) => html`
      <p class="notice" key=${id}>
        <span>${text}</span>
        <button class="quiet" aria-label="Dismiss" onClick=${() => dismiss(id)}>✕</button>
      </p>`)}
  </div>`;
