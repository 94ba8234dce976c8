/** The agent's connection: commands with ids, their answers, and coming back after a loss. */

/** @typedef {import("./types.js").Frame} Frame */

const WAIT_MIN = 500;
const WAIT_MAX = 10_000;
const BEAT = 25_000;
const PATIENCE = 10_000;

/** A refusal by the server, or `unavailable` where a command could not be repeated. */
export class Refused extends Error {
  /** @param {Frame} frame */
  constructor(frame) {
    super(frame.message ?? "");
    this.code = frame.code ?? "unavailable";
    this.frame = frame;
  }
}

export const newId = () => crypto.randomUUID?.()
  ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export class AgentSocket {
  #wait = WAIT_MIN;
  #wanted = false;
  #ready = false; // the snapshot is here
  /** @type {WebSocket | null} */ #socket = null;
  /** @type {Map<string, { frame: Frame, again: boolean, resolve: Function, reject: Function }>} */ #open = new Map();
  /** @type {Set<string>} */ #unanswered = new Set(); // at the last beat
  /** @type {any} */ #retry;
  /** @type {any} */ #heart;
  /** @type {any} */ #death;

  /**
   * @param {string} url
   * @param {{ frame: (frame: Frame) => void, lost: (code: number) => boolean, beat: () => Frame }} on
   *   `lost` says whether to try again; `beat` makes a harmless command that shows whether anybody is there
   */
  constructor(url, on) {
    this.url = url;
    this.on = on;
    addEventListener("online", () => this.#wanted && !this.#ready && this.open());
  }

  open() {
    this.#drop();
    this.#wanted = true;
    const socket = (this.#socket = new WebSocket(this.url));
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    socket.onclose = ({ code }) => this.#lost(code);
  }

  close() {
    this.#wanted = false;
    this.#drop();
    for (const { reject } of this.#open.values()) reject(new Refused({ type: "error", code: "unavailable" }));
    this.#open.clear();
  }

  /**
   * Sends a command; after a loss it is sent again with the same id, unless `again` is false.
   * @param {string} type
   * @param {object} [fields]
   * @param {{ id?: string, again?: boolean }} [how]
   * @returns {Promise<Frame>} the acknowledgement
   */
  command(type, fields = {}, { id = newId(), again = true } = {}) {
    const frame = { ...fields, type, id };
    return new Promise((resolve, reject) => {
      this.#open.set(id, { frame, again, resolve, reject });
      this.tell(frame);
    });
  }

  /** @param {Frame} frame sent now or never */
  tell(frame) {
    if (this.#ready) this.#socket?.send(JSON.stringify(frame));
  }

  /** @param {Frame} frame */
  #hear(frame) {
    clearTimeout(this.#death);
    if (frame.type === "ack" || (frame.type === "error" && frame.id)) this.#settle(frame);
    const first = frame.type === "snapshot" && !this.#ready;
    const unanswered = first ? [...this.#open.values()] : [];
    if (first) this.#begin();
    this.on.frame(frame);
    for (const { frame: again } of unanswered) this.tell(again);
  }

  #begin() {
    this.#ready = true;
    this.#wait = WAIT_MIN;
    this.#unanswered.clear();
    this.#heart = setInterval(() => {
      // What is unanswered from one beat to the next got lost on its way: the server answers everything within less.
      if ([...this.#open.keys()].some((id) => this.#unanswered.has(id))) return this.#lost(1006);
      this.#unanswered = new Set(this.#open.keys());
      const { type, ...fields } = this.on.beat();
      this.command(type, fields, { again: false }).catch(() => {});
      clearTimeout(this.#death);
      this.#death = setTimeout(() => this.#lost(1006), PATIENCE);
    }, BEAT);
  }

  /** @param {Frame} frame */
  #settle(frame) {
    const asked = this.#open.get(frame.id ?? "");
    this.#open.delete(frame.id ?? "");
    if (frame.type === "ack") asked?.resolve(frame);
    else asked?.reject(new Refused(frame));
  }

  /** @param {number} code */
  #lost(code) {
    this.#drop();
    for (const [id, { again, reject }] of this.#open) {
      if (again) continue;
      this.#open.delete(id);
      reject(new Refused({ type: "error", code: "unavailable" }));
    }
    if (!this.on.lost(code)) return this.close();
    this.#retry = setTimeout(() => this.open(), this.#wait * (0.5 + Math.random() / 2));
    this.#wait = Math.min(WAIT_MAX, this.#wait * 2);
  }

  #drop() {
    clearTimeout(this.#retry);
    clearTimeout(this.#death);
    clearInterval(this.#heart);
    this.#ready = false;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
