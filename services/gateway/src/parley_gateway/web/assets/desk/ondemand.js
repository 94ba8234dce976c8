/**
 * Parts of the desk that are loaded when they are opened, or soon after the desk has been, so that they are there when they
 * are wanted and the network is not. Until a part is there nothing changes; what was pressed is done once it is. Where it
 * cannot be loaded that is said, and it is tried again when it is asked for again.
 */
import { html, signal, useEffect } from "../vendor/preact-htm-signals.js";
import { notify } from "./desk.js";
import { texts } from "./language.js";

const SOON = 250; // once the desk is painted

/**
 * @typedef {object} Modules
 * @property {typeof import("./composer.js")} composer
 * @property {typeof import("./details.js")} details
 * @property {typeof import("./help.js")} help
 * @property {typeof import("./transfer.js")} transfer
 * @property {typeof import("./history.js")} history
 * @property {typeof import("./contactform.js")} contactform
 * @property {typeof import("./replies.js")} replies
 * @property {typeof import("./wrapup.js")} wrapup
 * @property {typeof import("./callbanner.js")} callbanner
 * @property {typeof import("./callnotes.js")} callnotes
 * @property {typeof import("./letter.js")} letter
 * @property {typeof import("./itemnotes.js")} itemnotes
 * @property {typeof import("./past.js")} past
 */

/** @template T */
class Part {
  /** @type {import("./state.js").Signal<T | null>} */ #module = signal(/** @type {T | null} */ (null));
  /** @type {import("./state.js").Signal<boolean>} */ #failed = signal(false);
  /** @type {Promise<boolean> | undefined} */ #loading;
  #tries = 0;

  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  get there() {
    return this.#module.value;
  }

  get failed() {
    return this.#failed.value;
  }

  /** A browser may remember that an address failed: the next try has another. @returns {Promise<boolean>} whether it is there now */
  load() {
    return (this.#loading ??= import(`./${this.name}.js${this.#tries ? `?again=${this.#tries}` : ""}`).then(
      (module) => ((this.#module.value = module), true),
      () => {
        this.#loading = undefined;
        this.#tries += 1;
        return !(this.#failed.value = true);
      },
    ));
  }

  /** Somebody waits for it. @returns {Promise<boolean>} */
  async open() {
    return (await this.load()) || (notify(texts.peek().notLoaded), false);
  }
}

/** @type {{ [Name in keyof Modules]: Part<Modules[Name]> }} */
export const parts = {
  composer: new Part("composer"),
  details: new Part("details"),
  help: new Part("help"),
  transfer: new Part("transfer"),
  history: new Part("history"),
  contactform: new Part("contactform"),
  replies: new Part("replies"),
  wrapup: new Part("wrapup"),
  callbanner: new Part("callbanner"),
  callnotes: new Part("callnotes"),
  letter: new Part("letter"),
  itemnotes: new Part("itemnotes"),
  past: new Part("past"),
};

/** Loads what is not there yet, while nobody waits for it. */
export const loadAllSoon = () => setTimeout(() => Object.values(parts).forEach((part) => part.load()), SOON);

/**
 * What is shown by itself: once its part is there, or with a button to try again.
 * @param {{ part: Part<any>, show: (module: any) => any }} props
 */
export function Later({ part, show }) {
  useEffect(() => void part.load(), []);
  if (part.there) return show(part.there);
  return part.failed && html`<p class="problem" role="alert">${texts.value.notLoaded} <button class="small" onClick=${() => part.load()}>${texts.value.talk.again}</button></p>`;
}
