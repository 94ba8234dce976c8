/** The button that opens the chat, and what it says while the chat is closed. */
import { el, icon } from "./dom.js";
import { spoken } from "./snippet.js";
import { texts } from "./texts.js";

const badge = el("span", { id: "badge", hidden: true });

/** On German pages it has its name before the file with the other texts is there. */
const name = spoken === "de" ? "Chat öffnen" : texts.open;

export const launcher = el("button", { id: "launcher", ariaLabel: name }, icon(28, "M4 5h16v11H11l-5 4v-4H4zM8 9.5h8M8 12.5h5"), badge);

/** @param {string} sign how many messages are unread, or that there is a chat; nothing: no badge */
export function showBadge(sign) {
  badge.textContent = sign;
  badge.hidden = !sign;
}
