/** What the widget says: English, until the file of another language has come (`web/widget/LANGUAGE.json`). */
import { localeOf } from "../../assets/shared/days.js";

export const texts = {
  open: "Open chat",
  new: "1 new message",
  news: "% new messages",
  close: "Close chat",
  end: "End chat",
  send: "Send",
  again: "Start a new chat",
  retry: "Try again",
  write: "Your message",
  name: "Your name",
  email: "Your e-mail",
  agent: "The agent",
  greeting: "How can we help?",
  privacy: "Privacy",
  agree: "Please agree first.",
  connecting: "Connecting …",
  lost: "No connection. We keep trying.",
  waiting: "You are waiting in the queue.",
  position: "Number % in the queue, about %\u00a0min.",
  typing: "% is typing …",
  read: "Read",
  turn_joined: "% has joined the chat.",
  turn_parked: "% will be back in a moment.",
  turn_call: "% is taking a call and will be back in a moment.",
  turn_resumed: "% is back.",
  turn_requeued: "You are back in the queue.",
  turn_transferred: "You are being passed on.",
  end_visitor: "You ended the chat.",
  end_agent: "The agent ended the chat.",
  end_absence: "The chat ended as you were away.",
  end_system: "The chat has ended.",
  closed: "The chat is closed at the moment.",
  queue_full: "Too many people are waiting.",
  no_agents: "Nobody is in the chat at the moment.",
  unavailable: "The chat is not available at the moment.",
  unknown_token: "This chat is not set up.",
  origin_not_allowed: "This chat is not open on this page. Please reach us another way.",
  leave: "Leave us a message:",
  thanks: "Thank you! We will reply by e-mail. Your number: %",
  failed: "Not sent.",
  long: "Too long.",
  rate: "How was the chat?",
  stars: "% of 5",
  comment: "Comment (optional)",
  rated: "Thank you!",
  transcript: "Send transcript",
  mailed: "The transcript goes to %.",
  confirm: "Open the link sent to % to get it.",
};

/** How days and times are written beside them. */
export let locale = localeOf("en");

/** @param {string} language */
export const speak = (language) => void (locale = localeOf(language));

/** A text with this in the place that is kept for it. @type {(text: string, value: string | number) => string} */
export const fill = (text, value) => text.replace("%", () => `${value}`);

/** @type {(key: string | undefined) => string | undefined} the text of this name, where there is one */
export const textOf = (key) => /** @type {Record<string | symbol, string | undefined>} */ (texts)[/** @type {string} */ (key)];

export const tryAgain = () => `${texts.failed} ${texts.retry}.`;
