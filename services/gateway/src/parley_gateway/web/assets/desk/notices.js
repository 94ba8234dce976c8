/** Sentences that go away by themselves, or when told to. */
import { html } from "../vendor/preact-htm-signals.js";
import { dismiss } from "./desk.js";
import { texts } from "./language.js";
import { notices } from "./state.js";

export const Notices = () => html`
  <div class="notices" role="alert" data-testid="notices">
    ${notices.value.map(({ id, text, good }) => html`
      <p class=${`notice ${good ? "good" : ""}`} key=${id}>
        <span dir="auto">${text}</span>
        <button class="quiet" aria-label=${texts.value.dismiss} onClick=${() => dismiss(id)}>✕</button>
      </p>`)}
  </div>`;
