/** What has been typed and not been saved: by page, so that nothing is lost on the way to another one. */
import { computed, signal } from "../vendor/preact-htm-signals.js";

/** @typedef {{ base: any, value: any, tried: boolean }} Draft  `base`: what the form began with */

/** @type {{ value: Record<string, Draft>, peek(): Record<string, Draft> }} by the address of their page */
export const drafts = signal({});

/** @type {{ value: string[] }} */
export const unsaved = computed(() => Object.keys(drafts.value));

/** @type {(key: string, draft: Draft | null) => void} */
export function keep(key, draft) {
  const { [key]: _, ...others } = drafts.peek();
  drafts.value = draft ? { ...others, [key]: draft } : others;
}

addEventListener("beforeunload", (event) => {
  if (unsaved.value.length) event.preventDefault();
});
