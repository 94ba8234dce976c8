/** The button that opens the chat, and what it says while the chat is closed. */
import { el } from "./dom.js";
import { spoken } from "./snippet.js";
import { texts } from "./texts.js";

const badge = el("span", "badge", { hidden: true });

/** On German pages it has its name before the file with the other texts is there. */
const name = spoken === "de" ? "Chat öffnen" : texts.open;

export const launcher = el("button", "launcher", { ariaLabel: name }, badge);

/** @type {(sign: string, named?: string) => void} how many messages are unread, or that there is a chat; nothing: no badge. And what the button is called then */
export function showBadge(sign, named) {
  badge.textContent = sign;
  badge.hidden = !sign;
  if (named) launcher.ariaLabel = named;
}
