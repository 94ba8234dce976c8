/** R24: who the open item's visitor is: shown, searched, created, corrected. */
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { alike, candidates, change, contactOf, create, search } from "./contacts.js";
import { act, report } from "./desk.js";
import { texts } from "./language.js";
import { Later, parts } from "./ondemand.js";
import { current, currentLog, view } from "./state.js";
import { languageName } from "./texts.js";
import { Written } from "./written.js";

/** @typedef {import("./types.js").Contact} Contact */
/** @typedef {import("./types.js").Item} Item */

const PAUSE = 300;
const RETRY = 2000;

/** @type {(scheme: "mailto:" | "tel:", all: string[]) => any} addresses and numbers as links to whatever writes or dials */
const linked = (scheme, all) => all.length > 0 && all.map((each, index) => html`${index ? ", " : ""}<a key=${each} href=${scheme + (scheme === "tel:" ? each.replace(/[^+\d]/g, "") : encodeURIComponent(each).replace("%40", "@"))} dir="ltr">${each}</a>`);

/** @param {{ contact: Contact }} props */
function Facts({ contact }) {
  const t = texts.value.customer;
  /** @type {[string, any][]} */
  const facts = [
    [t.organisation, contact.organisation],
    [t.emails, linked("mailto:", contact.emails)],
    [t.phones, linked("tel:", contact.phones)],
    [t.customerNumber, contact.customer_number],
    [t.language, languageName(contact.language)],
    [t.notes, contact.notes && html`<${Written} text=${contact.notes} />`],
  ];
  return html`
    <p class="who-is-it" dir="auto" data-testid="contact-name">${contact.name}</p>
    <dl>${facts.filter(([, value]) => value).map(([label, value]) => html`<div key=${label}><dt>${label}</dt><dd dir="auto">${value}</dd></div>`)}</dl>`;
}

/** @param {{ contact: Contact, why?: string, link: (contact: Contact) => void }} props */
const Found = ({ contact, why, link }) => html`
  <li class="found" data-testid="found" data-contact=${contact.contact}>
    <div class="found-who">
      <span class="row-name" dir="auto">${contact.name}</span>
      <span class="row-more" dir="auto">${why ?? [contact.organisation, ...contact.emails, ...contact.phones].filter(Boolean).join(", ")}</span>
    </div>
    <button type="button" class="small" data-testid="link" aria-label=${texts.value.customer.thisIs(contact.name)} onClick=${() => link(contact)}>${texts.value.customer.link}</button>
  </li>`;

/** What the visitor wrote may tell who it is: asked again when there is more of it. @param {Item} item */
function useCandidates(item) {
  const said = currentLog.value.entries.filter((entry) => entry.kind === "message" && entry.from === "visitor").length;
  const [found, setFound] = useState(/** @type {{ items: any[], new?: any }} */ ({ items: [] }));
  useEffect(() => {
    let wanted = true;
    let wait = 0;
    // The CRM hears of what was said a moment later than the desk.
    const look = (/** @type {number} */ tries) => candidates(item.item).then(
      (answer) => wanted && setFound(answer),
      () => wanted && tries > 1 && (wait = setTimeout(look, RETRY, tries - 1)),
    );
    wait = setTimeout(look, PAUSE, 3);
    return () => ((wanted = false), clearTimeout(wait));
  }, [item.item, said]);
  return found;
}

/** @param {{ item: Item, link: (contact: Contact) => void, make: (fields: any) => void, cancel?: () => void }} props */
function Find({ item, link, make, cancel }) {
  const t = texts.value.customer;
  const offered = useCandidates(item);
  const [query, setQuery] = useState("");
  const [found, setFound] = useState(/** @type {Contact[] | null} */ (null));
  const box = useRef(/** @type {HTMLInputElement | null} */ (null));
  useLayoutEffect(() => void (cancel && box.current?.focus()), []);
  useEffect(() => {
    if (!query.trim()) return void setFound(null);
    let wanted = true;
    const wait = setTimeout(() => search(query.trim()).then((items) => wanted && setFound(items), report), PAUSE);
    return () => ((wanted = false), clearTimeout(wait));
  }, [query]);
  return html`
    <label>${t.search}
      <input ref=${box} type="search" value=${query} placeholder=${t.searchHint} maxlength="200" autocomplete="off" dir="auto" data-testid="contact-search"
        onInput=${(/** @type {any} */ event) => setQuery(event.target.value)} />
    </label>
    <div role="status" class="muted">${found && !found.length ? t.nobody : ""}</div>
    ${found && html`<ul aria-label=${t.found}>${found.map((contact) => html`<${Found} key=${contact.contact} contact=${contact} link=${link} />`)}</ul>`}
    ${!found && offered.items.length > 0 && html`
      <h3>${t.perhaps}</h3>
      <ul aria-label=${t.mayBe} data-testid="candidates">
        ${offered.items.map(({ contact, why }) => html`<${Found} key=${contact.contact} contact=${contact} link=${link} why=${why.map((/** @type {string} */ each) => t.why[(item.kind !== "chat" && { phone: "calls", email: "writes" }[each]) || each] ?? each).join(", ")} />`)}
      </ul>`}
    <div class="line">
      <button class="small" data-testid="contact-new" onClick=${() => make({ name: query.trim() || (item.kind === "chat" && item.name) || "", ...offered.new })}>${t.create}</button>
      ${cancel && html`<button class="quiet small" onClick=${cancel}>${texts.value.cancel}</button>`}
    </div>`;
}

/** @param {{ item: Item }} props */
export function Customer({ item }) {
  const t = texts.value.customer;
  const [contact, setContact] = useState(/** @type {Contact | null} */ (null));
  const [mode, setMode] = useState(/** @type {"show" | "find" | "new" | "edit"} */ ("show"));
  const [draft, setDraft] = useState(/** @type {any} */ ({}));
  const section = useRef(/** @type {HTMLElement | null} */ (null));
  const mine = item.owner === view.value?.agent.id;
  useEffect(() => {
    let wanted = true;
    setMode("show");
    if (item.contact) contactOf(item.contact).then((found) => wanted && setContact(found), report);
    else setContact(null);
    return () => void (wanted = false);
  }, [item.item, item.contact]);

  // What was pressed goes with the step: whoever works by keyboard goes on from here.
  const back = () => (section.current?.focus(), setMode("show"));
  /** @param {Contact | null} who */
  const link = async (who) => {
    if (await act("identify", { item: item.item, contact: who?.contact ?? null })) back();
  };
  /** The form opens for whom it was asked for, or not at all. @type {(how: "new" | "edit", fields: any) => Promise<void>} */
  const fill = async (how, fields) => {
    const there = await parts.contactform.open();
    if (!there || current.peek()?.item !== item.item || current.peek()?.contact !== item.contact) return;
    setDraft(fields);
    setMode(how);
  };
  /** @param {any} fields */
  const make = (fields) => fill("new", fields);
  /** Who is there already is offered first. @param {any} fields @param {boolean} anyway */
  const save = async (fields, anyway) => {
    if (mode === "edit" && contact) {
      setContact(await change(contact, fields));
      return back();
    }
    const there = anyway ? [] : await alike(fields);
    if (!there.length) return link(await create(fields));
    return html`
      <div role="status"><h3>${t.there}</h3></div>
      <ul aria-label=${t.there} data-testid="alike">
        ${there.map(({ contact, why }) => html`<${Found} key=${contact.contact} contact=${contact} link=${link} why=${why.map((each) => t.same[each] ?? each).join(", ")} />`)}
      </ul>`;
  };
  const finding = mine && (mode === "find" || (mode === "show" && !item.contact));
  return html`
    <section class="customer" ref=${section} tabindex="-1" aria-labelledby="customer-title" data-testid="customer">
      <h2 id="customer-title">${t.title}</h2>
      ${(mode === "new" || mode === "edit") && parts.contactform.there ? html`<${parts.contactform.there.ContactForm} fields=${draft} save=${save} cancel=${back} />`
        : finding ? html`<${Find} key=${item.item} item=${item} link=${link} make=${make} cancel=${item.contact ? back : undefined} />`
        : contact ? html`<${Facts} contact=${contact} />`
        : html`<p class="muted">${item.contact ? "…" : t.notIdentified}</p>`}
      ${mine && contact && mode === "show" && html`
        <div class="line">
          <button class="small" data-testid="contact-edit" onClick=${() => fill("edit", contact)}>${t.edit}</button>
          <button class="small" data-testid="contact-change" onClick=${() => setMode("find")}>${t.other}</button>
          <button class="quiet small" data-testid="contact-unlink" onClick=${() => link(null)}>${t.unlink}</button>
        </div>`}
    </section>
    ${contact && html`<${Later} key=${contact.contact} part=${parts.history} show=${(/** @type {typeof import("./history.js")} */ { History }) => html`<${History} contact=${contact} without=${item.item} />`} />`}`;
}
