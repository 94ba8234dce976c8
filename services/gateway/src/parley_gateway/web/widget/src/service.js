/** The chat service, as the server describes it. */
import { ask } from "./ask.js";
import { language, token } from "./snippet.js";

/**
 * @typedef {object} Service
 * @property {string} [name]
 * @property {boolean} [available]
 * @property {string} [reason]  why it is not available
 * @property {string} [code]  why nothing is known of it
 * @property {boolean} [leave_message]
 * @property {boolean} [mail]  whether transcripts can be sent
 * @property {string} [greeting]
 * @property {string} [consent]  what a visitor agrees to before writing
 * @property {string} [privacy_url]
 */

export const path = `/v1/services/${encodeURIComponent(token)}`;

/** @type {Service} */
export let service = {};

/** @type {Promise<Service>} there once the service has been asked about */
export let asking;

export const askService = () => (asking = ask(`${path}?language=${language}`).then(([, found]) => (service = found)));
