/**
 * The shapes that the administration works with, as the protocol has them.
 *
 * @typedef {"call" | "chat" | "email" | "task"} Kind
 * @typedef {"mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun"} Day
 * @typedef {{ timezone: string, week: Partial<Record<Day, [string, string][]>>, closed_on: string[] }} Hours
 * @typedef {Record<string, number>} Skills
 *
 * @typedef {object} Queue
 * @property {string} name
 * @property {"push" | "pick"} distribution
 * @property {Partial<Record<Kind, number>>} priority
 * @property {number} chats_per_agent
 * @property {number | null} max_length
 * @property {boolean} wait_without_agents
 * @property {{ on: boolean, limit_s: number, extension_s: number, extensions: number, calls: boolean }} wrap_up
 * @property {Kind[]} interrupts
 * @property {Kind[]} interruptible
 * @property {number} ring_s
 * @property {number} reply_target_s
 * @property {number} mail_reply_target_s
 * @property {string[]} agents
 * @property {Hours | null} hours
 * @property {{ order: string, points_per_minute: number, agent: string, relax_after_s: number, interrupt: string }} routing
 *
 * @typedef {"agent" | "supervisor" | "admin" | "ops" | "source"} Role
 * @typedef {{ name: string, role: Role, skills: Skills, enabled: boolean, email: string, invited: boolean, password?: string }} Agent
 *
 * @typedef {object} Service
 * @property {string | null} token
 * @property {string} queue
 * @property {string} name
 * @property {string} greeting
 * @property {Translation[]} translations
 * @property {string[]} languages
 * @property {string[]} origins
 * @property {boolean} without_origin
 * @property {boolean} enabled
 * @property {number | null} priority
 * @property {Hours | null} hours
 * @property {Skills} skills
 * @property {string} consent
 * @property {string} privacy_url
 *
 * @typedef {object} Licence
 * @property {boolean} valid
 * @property {string} [reason]
 * @property {string} [customer]
 * @property {string[]} [features]
 * @property {number} [seats]
 * @property {number} seats_used
 * @property {string} [issued_at]
 * @property {string} [expires_at]
 *
 * @typedef {{ language: string, greeting: string, consent: string, privacy_url: string }} Translation
 * @typedef {{ name: string, text: string, language?: string, queue?: string }} CannedReply
 * @typedef {{ agent_grace_s: number, visitor_absence_s: number, languages: string[], classifications: string[], region: string, customer_number: string, reasons: string[], replies: CannedReply[], password_length: number, second_factor: string[], mask: string[], attachments_mb: number, timezone: string, agent_figures: boolean }} Settings
 * @typedef {object} Provider
 * @property {string} issuer
 * @property {string} client_id
 * @property {boolean} has_secret
 * @property {string} user_claim
 * @property {string} roles_claim
 * @property {Record<string, string>} roles
 * @property {string} require_claim
 * @property {string[]} require_values
 * @property {string} scope
 *
 * @typedef {{ origin: string | null, allowed: boolean, at: string, times: number }} Call
 * @typedef {{ since: string, services: Record<string, Call[]> }} Calls
 * @typedef {{ html: string, lines: number[], snippet: string, pinned: string }} Snippet
 *
 * @typedef {{ line: number, message: string }} Told
 * @typedef {{ column: string, field: string | null, cells: number, examples: string[] }} ColumnSeen
 * @typedef {{ name: string, emails?: string[], phones?: string[], organisation?: string, customer_number?: string, language?: string, notes?: string }} ContactFields
 * @typedef {{ encoding: string, refused: number, problems: Told[], remarked: number, remarks: Told[], unknown_columns: { column: string, cells: number }[] }} FileRead
 * @typedef {FileRead & { rows: number, columns: ColumnSeen[], contacts: { line: number, contact: ContactFields }[], fields: string[] }} Preview
 * @typedef {FileRead & { created: number, changed: number, same: number }} Imported
 *
 * @typedef {{ field: string, old: any, new: any, secret: boolean }} FieldChange
 * @typedef {object} Change
 * @property {string} change
 * @property {string} at
 * @property {string} by
 * @property {"queue" | "service" | "identity_key" | "user" | "settings" | "licence"} what
 * @property {string | null} name
 * @property {"added" | "changed" | "removed"} kind
 * @property {FieldChange[]} fields
 */
export {};
