/** A button that copies, and says whether it did. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { texts } from "./state.js";
import { copy } from "../shared/clipboard.js";
import { Icon } from "../shared/icons.js";

/** @param {{ text: string, label: string, primary?: boolean }} props */
export function Copy({ text, label, primary }) {
  const t = texts.value.page;
  const [told, setTold] = useState({ text: "", of: "" });
  const press = async () => setTold({ text: (await copy(text)) ? t.copied : t.notCopied, of: text });
  return html`
    <p class="copying">
      <button type="button" class=${primary ? "primary" : ""} onClick=${press}><${Icon} name="copy" /> ${label}</button>
      <span role="status">${told.of === text ? told.text : ""}</span>
    </p>`;
}
