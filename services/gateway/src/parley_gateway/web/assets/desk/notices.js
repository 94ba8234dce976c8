/** Sentences that go away by themselves, or when told to. */
import { html } from "../vendor/preact-htm-signals.js";
import { texts } from "./language.js";
import { notices } from "./state.js";

let count = 0;

/** @type {(text: string, good?: boolean) => void} */
export function notify(text, good = false) {
  const id = ++count;
  notices.value = [...notices.value.filter((notice) => notice.text !== text), { id, text, good }];
  setTimeout(() => dismiss(id), good ? 5000 : 9000);
}

/** @param {number} id */
const dismiss = (id) => (notices.value = notices.value.filter((notice) => notice.id !== id));

export const Notices = () => html`
  <div class="notices" role="alert" data-testid="notices">
    ${notices.value.map(({ id, text, good }) => html`
      <p class=${`notice ${good ? "good" : ""}`} key=${id}>
        <span dir="auto">${text}</span>
        <button class="quiet" aria-label=${texts.value.dismiss} onClick=${() => dismiss(id)}>✕</button>
      </p>`)}
  </div>`;
