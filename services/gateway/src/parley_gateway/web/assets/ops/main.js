/** The operators' page: find anything, see any moment, know why. */
import { html, render } from "../vendor/preact-htm-signals.js";
import { LanguageChoice } from "../shared/choice.js";
import { Item } from "./chat.js";
import { Events } from "./events.js";
import { Floor } from "./floor.js";
import { Heading } from "../shared/heading.js";
import { Letters } from "./letters.js";
import { Login } from "./login.js";
import { route, to } from "./route.js";
import { Found, SearchBox } from "./search.js";
import { choose, language, load, logOut, phase, speak, start, texts } from "./state.js";
import { Streams } from "./streams.js";
import { WhatIf } from "./whatif.js";

/** @type {Record<string, (name: string) => any>} views by the first part of their address */
const VIEWS = {
  events: () => html`<${Events} />`,
  item: (name) => html`<${Item} key=${name} item=${name} />`,
  found: () => html`<${Found} />`,
  floor: () => html`<${Floor} />`,
  letters: () => html`<${Letters} />`,
  whatif: () => html`<${WhatIf} />`,
  streams: () => html`<${Streams} />`,
};
const MENU = /** @type {const} */ (["events", "floor", "whatif", "letters", "streams"]);

const Language = () => html`<${LanguageChoice} label=${texts.value.language} language=${language.value} choose=${choose} />`;

function Workspace() {
  const t = texts.value;
  const [first = "", name = ""] = route.value.path;
  const here = first || "events";
  const view = VIEWS[here];
  const toMain = (/** @type {Event} */ event) => {
    event.preventDefault();
    document.getElementById("main")?.focus();
  };
  return html`
    <a class="skip" href="#main" onClick=${toMain}>${t.skip}</a>
    <header class="top">
      <a class="brand" href=${to([])} aria-label="Parley"><img src="/assets/parley.svg" alt="" width="28" height="28" /><span>Parley</span></a>
      <${SearchBox} />
      <${Language} />
      <button type="button" class="quiet" onClick=${logOut}>${t.logOut}</button>
    </header>
    <nav class="tabs" aria-label=${t.menu}><ul>${MENU.map((id) => html`<li key=${id}><a href=${to([id])} aria-current=${id === here ? "page" : undefined}>${t[id].title}</a></li>`)}</ul></nav>
    <main id="main" class="ops" tabindex="-1">
      <div class="page" key=${here + name}>${view ? view(name) : html`<${Heading} title=${t.notFound} />`}</div>
    </main>`;
}

const App = () => html`
  ${phase.value === "login" && html`<${Login}><p class="login-language"><${Language} /></p><//>`}
  ${phase.value === "open" && html`<${Workspace} />`}
  ${phase.value === "starting" && html`<p class="starting" role="status">${texts.value.loading}</p>`}
  ${phase.value === "cut" && html`<div class="starting"><p role="alert">${texts.value.unreachable}</p><button type="button" onClick=${load}>${texts.value.tryAgain}</button></div>`}`;

speak(language.peek()).then(() => {
  render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("ops")));
  start();
});
