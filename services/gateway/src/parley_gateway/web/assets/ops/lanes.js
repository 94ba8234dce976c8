/** A chat as it is drawn: who did what in which lane, and how it was meanwhile. Pure. */

/** @typedef {{ at: string, log: string, type: string, n: number, position: number, [field: string]: any }} Happening */
/** @typedef {{ from: string, until?: string, stage: string, activity?: string, owner?: string, interrupted_by?: string }} Band */
/** @typedef {"visitor" | "agent" | "router" | "session" | "crm"} Lane */

/** @type {Lane[]} from the person who asks to the record that stays */
export const LANES = ["visitor", "agent", "router", "session", "crm"];

const OF_VISITOR = new Set(["Requested", "VisitorLost", "VisitorReturned", "Rated"]);

/** @type {(event: Happening) => Lane} in whose lane it stands: a person's own doing in that person's */
export function laneOf(event) {
  if (event.log === "router") return "router";
  if (event.log !== "session") return "crm";
  const by = event.author ?? event.who;
  if (OF_VISITOR.has(event.type) || by === "visitor") return "visitor";
  return by === "agent" || event.type === "NoteAdded" ? "agent" : "session";
}

/** @type {(at: string) => number} */
export const ms = (at) => new Date(at).getTime();

/** @type {(bands: Band[], events: Happening[], now: number) => { begin: number, end: number }} from when to when it is drawn */
export function span(bands, events, now) {
  const times = [...bands.map((band) => ms(band.from)), ...events.map((event) => ms(event.at))];
  const begin = times.length ? Math.min(...times) : now;
  const open = bands.length && !bands[bands.length - 1].until && bands[bands.length - 1].stage !== "closed";
  return { begin, end: Math.max(begin + 1, open ? now : 0, ...times) };
}

/** @type {(at: number, drawn: { begin: number, end: number }) => number} how far to the right, in per cent */
export const across = (at, { begin, end }) => Math.min(100, Math.max(0, ((at - begin) / (end - begin)) * 100));

/** @type {(band: Band) => "waiting" | "active" | "parked" | "interrupted" | "wrap_up" | "closed"} */
export function kindOf(band) {
  if (band.stage === "conversation") return /** @type {any} */ (band.activity ?? "active");
  return /** @type {any} */ (band.stage);
}

/** @type {(bands: Band[], drawn: { begin: number, end: number }) => { band: Band, left: number, width: number }[]} what is over is not drawn */
export const placed = (bands, drawn) => bands
  .filter((band) => band.stage !== "closed")
  .map((band) => {
    const left = across(ms(band.from), drawn);
    return { band, left, width: across(band.until ? ms(band.until) : drawn.end, drawn) - left };
  });
