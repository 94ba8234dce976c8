/** What the desk asks of the CRM over HTTP (R24, R26). Each throws a refusal: { code, message }. */

/** @typedef {import("./types.js").Contact} Contact */

/** @type {(method: string, path: string, body?: object) => Promise<any>} */
async function ask(method, path, body) {
  const headers = /** @type {Record<string, string>} */ (body ? { "Content-Type": "application/json" } : {});
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (!response?.ok || !answer) throw { code: answer?.code ?? "unavailable", message: answer?.detail };
  return answer;
}

const part = encodeURIComponent;

/** @type {(query: string) => Promise<Contact[]>} */
export const search = async (query) => (await ask("GET", `/v1/contacts?limit=8&query=${part(query)}`)).items;

/** @type {(contact: string) => Promise<Contact>} a merged one as the one that it is merged into */
export async function contactOf(contact) {
  const found = await ask("GET", `/v1/contacts/${part(contact)}`);
  return found.merged_into ? contactOf(found.merged_into) : found;
}

/** @type {(fields: object) => Promise<Contact>} */
export const create = (fields) => ask("POST", "/v1/contacts", fields);

/** @type {(fields: object) => Promise<{ contact: Contact, why: string[] }[]>} who may be there already */
export const alike = async (fields) => (await ask("POST", "/v1/contacts/alike", fields)).items;

/** @type {(contact: Contact, fields: object) => Promise<Contact>} */
export const change = ({ contact, version }, fields) => ask("PUT", `/v1/contacts/${part(contact)}`, { ...fields, version });

/** @type {(item: string) => Promise<{ items: { contact: Contact, why: string[], typed?: any }[], new?: object }>} */
export const candidates = (item) => ask("GET", `/v1/interactions/${part(item)}/candidates`);

/** @type {(item: string) => Promise<{ name?: string, subject?: string, text?: string }>} what waits or is worked on, with all that it says */
export const workItem = (item) => ask("GET", `/v1/items/${part(item)}`);

/** @type {(item: string) => Promise<any>} */
export const interaction = (item) => ask("GET", `/v1/interactions/${part(item)}`);

/** @type {(at: string) => Promise<{ quoted?: string }>} what a mail is beside its text; `at`: where it is */
export const mail = (at) => ask("GET", at);

/** A file that is to go along with an answer. @type {(file: File) => Promise<{ attachment: string, name: string, size: number }>} */
export async function handIn(file) {
  const response = await fetch(`/v1/attachments?name=${part(file.name)}`, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (!response?.ok || !answer) throw { code: answer?.code ?? "unavailable", message: answer?.detail };
  return answer;
}

/** What is over, by a query or without one the agent's own that they closed last. @type {(query: string, mine: boolean, after?: string) => Promise<{ items: any[], next?: string }>} */
export const pastConversations = (query, mine, after) =>
  ask("GET", `/v1/interactions?query=${part(query)}${mine ? "&agent=me" : ""}${after ? `&after=${part(after)}` : ""}`);

/** @type {(contact: string, after?: string) => Promise<{ items: any[], next?: string }>} */
export const history = (contact, after) =>
  ask("GET", `/v1/contacts/${part(contact)}/interactions${after ? `?after=${part(after)}` : ""}`);
