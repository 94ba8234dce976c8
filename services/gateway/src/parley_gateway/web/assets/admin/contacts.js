/** Contacts from files and into files: looked at first, with what each column is taken for, then taken in (R24). */
import { html, useEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { sendFile } from "./api.js";
import { Heading } from "../shared/heading.js";
import { isLogin, sentence, texts } from "./state.js";
import { Icon } from "../shared/icons.js";

/** @typedef {import("./types.js").Preview} Preview */
/** @typedef {import("./types.js").Imported} Imported */
/** @typedef {Record<string, string | null>} Assigned */

const MOST_BYTES = 20 * 1024 * 1024;
const MOST_LINES = 100;
const ENCODINGS = ["utf-8", "windows-1252", "macintosh", "ibm850", "iso-8859-15", "windows-1250", "windows-1251", "utf-16", "shift_jis", "gb18030"];

/** @type {(file: File) => string} what browsers do not say alike */
const media = (file) => (/\.(vcf|vcard)$/i.test(file.name) ? "text/vcard" : "text/csv");

/** @type {(where: string, file: File, encoding: string, columns: Assigned, heard: (read: number, of: number) => void) => Promise<any>} */
function send(where, file, encoding, columns, heard) {
  const query = new URLSearchParams({ columns: JSON.stringify(columns), ...(encoding && { encoding }) });
  return sendFile(`/v1/contacts/import${where}?${query}`, file, media(file), heard);
}

export function ContactsPage() {
  const t = texts.value.contactFiles;
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const [encoding, setEncoding] = useState("");
  const [columns, setColumns] = useState(/** @type {Assigned} */ ({}));
  const [seen, setSeen] = useState(/** @type {Preview | null} */ (null));
  const [done, setDone] = useState(/** @type {Imported | null} */ (null));
  const [busy, setBusy] = useState("");
  const [read, setRead] = useState({ read: 0, of: 0 });
  const [refused, setRefused] = useState("");
  const latest = useRef(0);

  /** @type {(doing: string, work: () => Promise<void>) => Promise<void>} */
  const during = async (doing, work) => {
    setBusy(doing);
    setRead({ read: 0, of: 0 });
    setRefused("");
    try {
      await work();
    } catch (refusal) {
      if (!isLogin(refusal)) setRefused(sentence(refusal));
    }
    setBusy("");
  };
  const hear = (/** @type {number} */ read, /** @type {number} */ of) => setRead({ read, of });
  /** Only what was asked last is shown. @type {(file: File, encoding: string, columns: Assigned) => Promise<void>} */
  const look = (file, encoding, columns) => during(t.reading, async () => {
    const asked = ++latest.current;
    const found = await send("/preview", file, encoding, columns, hear);
    if (asked === latest.current) setSeen(found);
  });
  const choose = (/** @type {any} */ event) => {
    const [chosen = null] = event.target.files;
    setFile(chosen);
    setColumns({});
    setSeen(null);
    setDone(null);
    if (chosen && chosen.size > MOST_BYTES) setRefused(t.tooLarge);
    else if (chosen) look(chosen, encoding, {});
  };
  const decode = (/** @type {string} */ name) => {
    setEncoding(name);
    if (file && file.size <= MOST_BYTES) look(file, name, columns);
  };
  const assign = (/** @type {string} */ column, /** @type {string} */ field) => {
    const assigned = { ...columns, [column]: field || null };
    setColumns(assigned);
    if (file) look(file, encoding, assigned);
  };
  const take = () => during(t.taking, async () => {
    if (!file) return;
    setDone(await send("", file, encoding, columns, hear));
    setSeen(null);
  });
  return html`
    <${Heading} title=${t.title} lead=${t.lead} />
    <section class="card">
      <h2>${t.take}</h2>
      <${Choose} choose=${choose} encoding=${encoding} decode=${decode} busy=${busy === t.taking} />
      <p class="problem" role="alert">${refused}</p>
      <p role="status">${busy}</p>
      ${busy && html`<p class="reading"><progress aria-label=${busy} max=${read.of || undefined} value=${read.of ? read.read : undefined}></progress> ${read.of > 0 && html`<span class="muted">${t.read(read.read, read.of)}</span>`}</p>`}
    </section>
    ${seen && html`<${Seen} seen=${seen} assign=${assign} take=${take} busy=${busy !== ""} />`}
    ${done && html`<${Done} done=${done} />`}
    <section class="card">
      <h2>${t.give}</h2>
      <p class="hint">${t.giveHint}</p>
      <p class="buttons">
        <a class="button" href="/v1/contacts/export?format=csv" download="contacts.csv">${t.csv}</a>
        <a class="button" href="/v1/contacts/export?format=vcard" download="contacts.vcf">${t.vcard}</a>
      </p>
    </section>`;
}

/** @param {{ choose: (event: any) => void, encoding: string, decode: (name: string) => void, busy: boolean }} props */
function Choose({ choose, encoding, decode, busy }) {
  const t = texts.value.contactFiles;
  return html`
    <div class="field">
      <label for="contacts-file">${t.file}</label>
      <input type="file" id="contacts-file" accept=".csv,.tsv,.txt,.vcf,.vcard,text/csv,text/vcard" aria-describedby="contacts-file-hint" disabled=${busy} onChange=${choose} />
      <p class="hint" id="contacts-file-hint">${t.fileHint}</p>
    </div>
    <div class="field narrow">
      <label for="contacts-encoding">${t.encoding}</label>
      <select id="contacts-encoding" disabled=${busy} onChange=${(/** @type {any} */ event) => decode(event.target.value)}>
        <option value="" selected=${!encoding}>${t.findOut}</option>
        ${ENCODINGS.map((name) => html`<option key=${name} value=${name} selected=${name === encoding}>${name}</option>`)}
      </select>
    </div>`;
}

/** @param {{ seen: Preview, assign: (column: string, field: string) => void, take: () => void, busy: boolean }} props */
function Seen({ seen, assign, take, busy }) {
  const t = texts.value.contactFiles;
  const empty = seen.columns.filter(({ cells }) => !cells).length;
  return html`
    <section class="card" aria-labelledby="contacts-look" data-testid="preview">
      <h2 id="contacts-look">${t.look}</h2>
      <p role="status">${t.seen(seen.rows, seen.refused, seen.encoding)}</p>
      <h3>${t.columns}</h3>
      <p class="hint">${t.columnsHint}</p>
      <ul class="taken">
        ${seen.columns.map((column, index) => column.cells > 0 && html`<${Column} key=${`${index} ${column.column}`} id=${`column-${index}`} column=${column} fields=${seen.fields} assign=${assign} />`)}
      </ul>
      ${empty > 0 && html`<p class="hint">${t.empty(empty)}</p>`}
      ${seen.contacts.length > 0 && html`<h3>${t.first}</h3>`}
      <ol class="first">
        ${seen.contacts.map(({ line, contact }) => html`
          <li key=${line}><strong dir="auto">${contact.name}</strong> <span class="muted">${t.line(line)}</span>
            <p class="facts" dir="auto">${facts(contact)}</p></li>`)}
      </ol>
      <${Lines} title=${t.problems} lines=${seen.problems} count=${seen.refused} />
      <${Lines} title=${t.remarks} lines=${seen.remarks} count=${seen.remarked} />
      <p class="buttons"><button type="button" class="primary" disabled=${busy || !seen.rows} onClick=${take}>${t.do(seen.rows)}</button></p>
    </section>`;
}

/** @type {(contact: import("./types.js").ContactFields) => string} */
const facts = ({ organisation, emails = [], phones = [], customer_number: number, language, notes }) =>
  [organisation, ...emails, ...phones, number, language, notes].filter(Boolean).join(" · ");

/** @param {{ id: string, column: import("./types.js").ColumnSeen, fields: string[], assign: (column: string, field: string) => void }} props */
function Column({ id, column, fields, assign }) {
  const t = texts.value.contactFiles;
  const names = /** @type {Record<string, string>} */ (t.fields);
  return html`
    <li class=${column.field ? "" : "out"}>
      <div>
        <label for=${id} dir="auto">${column.column}</label>
        <p class="facts" id=${`${id}-examples`} dir="auto">${t.cells(column.cells)}${column.examples.length > 0 && `: ${column.examples.join(" · ")}`}</p>
      </div>
      <select id=${id} aria-describedby=${`${id}-examples`} onChange=${(/** @type {any} */ event) => assign(column.column, event.target.value)}>
        <option value="" selected=${!column.field}>${t.notTaken}</option>
        ${fields.map((field) => html`<option key=${field} value=${field} selected=${field === column.field}>${names[field] ?? field}</option>`)}
      </select>
    </li>`;
}

/** The server's sentences are English. @param {{ title: string, lines: import("./types.js").Told[], count: number }} props */
function Lines({ title, lines, count }) {
  const t = texts.value.contactFiles;
  if (!count) return null;
  const shown = lines.slice(0, MOST_LINES);
  return html`
    <h3><${Icon} name="warn" size=${16} /> ${title} (${count.toLocaleString()})</h3>
    <ul class="told">
      ${shown.map(({ line, message }, index) => html`<li key=${index}><strong>${t.line(line)}</strong> <span lang="en" dir="auto">${message}</span></li>`)}
      ${lines.length > shown.length && html`<li class="muted">${t.more(lines.length - shown.length)}</li>`}
    </ul>`;
}

/** @param {{ done: Imported }} props */
function Done({ done }) {
  const t = texts.value.contactFiles;
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => heading.current?.focus(), []);
  return html`
    <section class="card" data-testid="imported">
      <h2 ref=${heading} tabindex="-1">${t.done}</h2>
      <p role="status">${t.told(done.created, done.changed, done.same, done.refused)}</p>
      <${Lines} title=${t.problems} lines=${done.problems} count=${done.refused} />
      <${Lines} title=${t.remarks} lines=${done.remarks} count=${done.remarked} />
      ${done.unknown_columns.length > 0 && html`
        <h3>${t.left}</h3>
        <ul class="told">${done.unknown_columns.map(({ column, cells }) => html`<li key=${column}><strong dir="auto">${column}</strong> ${t.cells(cells)}</li>`)}</ul>`}
    </section>`;
}
