/** Where the day changes, what follows stands under its name. */
import { html } from "../vendor/preact-htm-signals.js";
import { dayOf } from "../shared/days.js";
import { dayTitle } from "./texts.js";

/** @param {{ at: string, before?: string }} props `before`: when the line above was */
export const Day = ({ at, before }) => (before && dayOf(before) === dayOf(at) ? null
  : html`<p class="day" data-testid="day"><time datetime=${at}>${dayTitle(at)}</time></p>`);
