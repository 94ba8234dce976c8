/** The administration of a company. */
import { html, render, useEffect, useRef } from "../vendor/preact-htm-signals.js";
import { Agent, Agents } from "./agents.js";
import { ChangesPage } from "./changes.js";
import { ContactsPage } from "./contacts.js";
import { unsaved } from "./drafts.js";
import { Heading } from "../shared/heading.js";
import { LicencePage } from "./licence.js";
import { Login } from "./login.js";
import { MailboxPage, Mailboxes } from "./mailboxes.js";
import { Overview } from "./overview.js";
import { ProviderPage } from "./provider.js";
import { Question } from "../shared/question.js";
import { Queue, Queues } from "./queues.js";
import { route, to } from "./route.js";
import { Service, Services } from "./services.js";
import { SettingsPage } from "./settings.js";
import { SnippetPage } from "./snippet.js";
import { agents, choose, language, licence, load, logOut, me, phase, queues, said, services, speak, start, texts } from "./state.js";
import { LanguageChoice } from "../shared/choice.js";

/** @type {Record<string, { section: string, view: (name: string | undefined) => any }>} pages by the first part of their address */
const PAGES = {
  start: { section: "start", view: () => html`<${Overview} />` },
  queues: { section: "queues", view: () => html`<${Queues} />` },
  queue: { section: "queues", view: (name = "") => html`<${Queue} name=${name} />` },
  "new-queue": { section: "queues", view: () => html`<${Queue} name=${null} />` },
  agents: { section: "agents", view: () => html`<${Agents} />` },
  agent: { section: "agents", view: (name = "") => html`<${Agent} name=${name} />` },
  "new-agent": { section: "agents", view: () => html`<${Agent} name=${null} />` },
  services: { section: "services", view: () => html`<${Services} />` },
  service: { section: "services", view: (name = "") => html`<${Service} name=${name} />` },
  "new-service": { section: "services", view: () => html`<${Service} name=${null} />` },
  mailboxes: { section: "mailboxes", view: () => html`<${Mailboxes} />` },
  mailbox: { section: "mailboxes", view: (name = "") => html`<${MailboxPage} name=${name} />` },
  "new-mailbox": { section: "mailboxes", view: () => html`<${MailboxPage} name=${null} />` },
  snippet: { section: "snippet", view: (name) => html`<${SnippetPage} name=${name} />` },
  contacts: { section: "contacts", view: () => html`<${ContactsPage} />` },
  licence: { section: "licence", view: () => html`<${LicencePage} />` },
  settings: { section: "settings", view: () => html`<${SettingsPage} />` },
  provider: { section: "provider", view: () => html`<${ProviderPage} />` },
  changes: { section: "changes", view: () => html`<${ChangesPage} />` },
};
const SECTIONS = /** @type {const} */ ([["start"], ["queues", "agents", "services", "snippet", "mailboxes"], ["contacts", "licence", "settings", "provider", "changes"]]);

const Language = () => html`<${LanguageChoice} label=${texts.value.language} language=${language.value} choose=${choose} />`;

/** @type {(key: string) => string} what a draft is about */
function draftName(key) {
  const t = texts.value;
  const [first, name] = key.slice(2).split("/").map(decodeURIComponent);
  /** @type {Record<string, [string, Record<string, { name: string }>]>} */
  const of = { queue: [t.queues, queues.value], agent: [t.agents, agents.value], service: [t.services, services.value], mailbox: [t.mailboxes, {}] };
  if (of[first]) return `${of[first][0]}: ${of[first][1][name]?.name ?? name}`;
  /** @type {Record<string, string>} */
  const others = { "new-queue": t.queue.new, "new-agent": t.agent.new, "new-service": t.service.new, "new-mailbox": t.mailbox.new, licence: t.licence, settings: t.settings, provider: t.provider.title };
  return others[first] ?? first;
}

function Unsaved() {
  const elsewhere = unsaved.value.filter((key) => key !== to(...route.value));
  if (!elsewhere.length) return null;
  return html`
    <p class="unsaved" role="status">${texts.value.form.unsavedElsewhere}
      ${elsewhere.map((key) => html` <a key=${key} href=${key} dir="auto">${draftName(key)}</a>`)}
    </p>`;
}

/** @param {{ section: string }} props */
function Menu({ section }) {
  const t = texts.value;
  const names = [null, t.setUp, t.more];
  const menu = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    // where it is one long line
    const link = /** @type {HTMLElement | null | undefined} */ (menu.current?.querySelector("[aria-current]"));
    if (menu.current && link) menu.current.scrollLeft = link.offsetLeft - menu.current.offsetLeft - 40;
  }, [section]);
  return html`
    <nav ref=${menu} class="menu" aria-label=${t.menu}>
      ${SECTIONS.map((group, index) => html`
        <div key=${index}>
          ${names[index] && html`<p class="menu-title" id=${`menu-${index}`}>${names[index]}</p>`}
          <ul aria-labelledby=${names[index] ? `menu-${index}` : undefined}>
            ${group.map((id) => html`
              <li key=${id}><a href=${to(id)} aria-current=${id === section ? "page" : undefined}>${id === "provider" ? t.provider.title : t[id]}${id === "licence" && !licence.value.valid && html` <span class="problem" aria-hidden="true">!</span>`}</a></li>`)}
          </ul>
        </div>`)}
    </nav>`;
}

function Workspace() {
  const t = texts.value;
  const [first = "", name] = route.value;
  const page = PAGES[first || "start"];
  const toMain = (/** @type {Event} */ event) => {
    event.preventDefault();
    document.getElementById("main")?.focus();
  };
  return html`
    <a class="skip" href="#main" onClick=${toMain}>${t.skip}</a>
    <header class="top">
      <a class="brand" href=${to("start")} aria-label="Parley"><img src="/assets/parley.svg" alt="" width="28" height="28" /><span>Parley</span></a>
      <a class="who" dir="auto" href="/account" target="_blank" title=${t.account}><b>${me.value?.tenant}</b> <span class="muted">${me.value?.name}</span></a>
      <span class="gap"></span>
      <${Language} />
      <button type="button" class="quiet" onClick=${logOut}>${t.logOut}</button>
    </header>
    <div class="frame">
      <${Menu} section=${page?.section ?? ""} />
      <main id="main" tabindex="-1">
        <${Unsaved} />
        <p class=${said.value ? "said" : "said none"} role="status">${said.value}</p>
        <div class="page" key=${to(...route.value)}>${page ? page.view(name) : html`<${Heading} title=${t.notFound} up=${[to("start"), t.start]} />`}</div>
      </main>
    </div>`;
}

const App = () => html`
  ${phase.value === "login" && html`<${Login}><p class="login-language"><${Language} /></p><//>`}
  ${phase.value === "open" && html`<${Workspace} />`}
  ${phase.value === "starting" && html`<p class="starting" role="status">${texts.value.loading}</p>`}
  ${phase.value === "cut" && html`<div class="starting"><p role="alert">${texts.value.unreachable}</p><button type="button" onClick=${load}>${texts.value.tryAgain}</button></div>`}
  <${Question} />`;

speak(language.peek()).then(() => {
  render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("admin")));
  start();
});
