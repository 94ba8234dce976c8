/** What supervisors and agents have with each other (R36): an agent asks for help, and is told what a supervisor has done. */
import { html, useState } from "../vendor/preact-htm-signals.js";
import { act, notify } from "./desk.js";
import { language } from "./language.js";
import { view } from "./state.js";

/** @typedef {{ by: { id: string, name: string }, act: string, agent?: string, to_agent?: string, why?: string }} Intervention */

const TEXTS = {
  en: {
    title: "Help",
    ask: "Ask a supervisor",
    text: "What is it about?",
    asked: "You have asked your supervisors for help.",
    over: "I need no help any more",
    /** @type {Record<string, (who: string, what: string) => string>} */
    acts: {
      watch: (who, what) => `${who} reads along: ${what}.`,
      join: (who, what) => `${who} has joined: ${what}.`,
      whisper: (who, what) => `${who} has left you a note: ${what}.`,
      take_over: (who, what) => `${who} has taken over: ${what}.`,
      given: (who, what) => `${who} has given you: ${what}.`,
      assign: (who, what) => `${who} has given to somebody else: ${what}.`,
      move: (who, what) => `${who} has moved to another queue: ${what}.`,
      agent_state: (who) => `${who} has changed your status.`,
      agent_logout: (who) => `${who} has logged you out.`,
      agent_queues: (who) => `${who} has changed your queues.`,
    },
  },
  de: {
    title: "Hilfe",
    ask: "Teamleitung rufen",
    text: "Worum geht es?",
    asked: "Sie haben die Teamleitung um Hilfe gebeten.",
    over: "Ich brauche keine Hilfe mehr",
    /** @type {Record<string, (who: string, what: string) => string>} */
    acts: {
      watch: (who, what) => `${who} liest mit: ${what}.`,
      join: (who, what) => `${who} ist dazugekommen: ${what}.`,
      whisper: (who, what) => `${who} hat Ihnen eine Notiz geschrieben: ${what}.`,
      take_over: (who, what) => `${who} hat übernommen: ${what}.`,
      given: (who, what) => `${who} hat Ihnen gegeben: ${what}.`,
      assign: (who, what) => `${who} hat an jemand anderen gegeben: ${what}.`,
      move: (who, what) => `${who} hat in eine andere Warteschleife gelegt: ${what}.`,
      agent_state: (who) => `${who} hat Ihren Status geändert.`,
      agent_logout: (who) => `${who} hat Sie abgemeldet.`,
      agent_queues: (who) => `${who} hat Ihre Warteschleifen geändert.`,
    },
  },
};

/** Say what a supervisor has done to this agent. @type {(done: Intervention, title: string) => void} `title`: of the item */
export function told({ by, act, to_agent: to, why }, title) {
  const { acts } = TEXTS[language.peek()];
  const say = act === "assign" && to === view.peek()?.agent.id ? acts.given : acts[act];
  const text = say?.(by.name, title) ?? by.name;
  notify(why ? `${text} ${why}` : text, true);
}

/** @param {{ item: import("./types.js").Item }} props */
export function AskHelp({ item }) {
  const t = TEXTS[language.value];
  const [text, setText] = useState("");
  const asked = view.value?.agent.help;
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    act("help", asked ? { on: false } : { item: item.item, text: text.trim() || undefined, on: true });
    setText("");
  };
  return html`
    <section aria-labelledby="ask-help-title">
      <h2 id="ask-help-title">${t.title}</h2>
      <form class="follow-up" onSubmit=${send}>
        ${asked
          ? html`<p role="status" data-testid="help-asked">${t.asked}</p>`
          : html`<label>${t.text} <input value=${text} maxlength="500" onInput=${(/** @type {any} */ event) => setText(event.target.value)} data-testid="help-text" /></label>`}
        <button class="small" data-testid="ask-help">${asked ? t.over : t.ask}</button>
      </form>
    </section>`;
}
