/**
 * What is begun of an answer belongs to the item: the server has it, too, so that it is there in another browser and for whoever has the item next.
 * This window's own text stands where it has one; what is written last is kept.
 */
import { useEffect, useRef, useState } from "../vendor/preact-htm-signals.js";
import { interaction } from "./contacts.js";
import { keepOnServer, notify } from "./desk.js";
import { texts } from "./language.js";
import { connected, view } from "./state.js";
import { agentName, timeOfDay, titleOf } from "./texts.js";

const PAUSE = 1000; // after the last key
const MOST_ASKED = 500;

/** Whose drafts have been asked for in this window: an item is asked about once an owner. @type {Set<string>} */
const asked = new Set();

/** @type {(item: import("./types.js").Item) => boolean} whether nobody has asked yet */
function first(item) {
  const key = `${item.item} ${item.assignment ?? 1}`;
  if (asked.has(key)) return false;
  if (asked.size >= MOST_ASKED) asked.clear();
  asked.add(key);
  return true;
}

/** @type {BroadcastChannel | null} to the other windows of this browser */
const others = "BroadcastChannel" in window ? new BroadcastChannel("parley-desk-drafts") : null;

/**
 * Keeps what is written of an item's answer, and fills in what was begun elsewhere.
 * @param {import("./types.js").Item} item @param {string} text as it stands @param {(text: string) => void} fill
 * @returns {{ leave: () => void, begunBy: string }} for when the focus goes, and whose text it is where a colleague has begun it
 */
export function useServerDraft(item, text, fill) {
  const [begunBy, setBegunBy] = useState("");
  const latest = useRef(text);
  const kept = useRef(text); // what the server has, as far as is known
  const wait = useRef(/** @type {any} */ (0));
  latest.current = text;
  const take = (/** @type {string} */ found) => {
    kept.current = latest.current = found;
    fill(found);
  };
  const keep = async () => {
    clearTimeout(wait.current);
    const now = latest.current;
    const before = kept.current;
    if (now === before) return;
    kept.current = now;
    if (await keepOnServer(item.item, now)) others?.postMessage({ item: item.item, text: now });
    else if (kept.current === now) kept.current = before; // with the next key, or once the line is there again
  };
  useEffect(() => {
    if (text === kept.current) return;
    wait.current = setTimeout(keep, PAUSE);
    return () => clearTimeout(wait.current);
  }, [text, connected.value]);
  useEffect(() => {
    let wanted = true;
    if (!latest.current && first(item)) {
      interaction(item.item).then(({ draft }) => {
        if (!wanted || !draft || latest.current) return;
        take(draft.text);
        if (draft.agent !== view.peek()?.agent.id) setBegunBy(texts.peek().letter.begunBy(agentName(draft.agent), timeOfDay(draft.at)));
      }, () => {}); // nothing is known of it there
    }
    /** @param {MessageEvent} event */
    const heard = ({ data }) => {
      if (data.item !== item.item || data.text === latest.current) return;
      if (latest.current && data.text) notify(texts.peek().letter.elsewhereToo(titleOf(item)));
      if (latest.current === kept.current) take(data.text);
    };
    others?.addEventListener("message", heard);
    return () => {
      wanted = false;
      others?.removeEventListener("message", heard);
      keep();
    };
  }, [item.item]);
  return { leave: () => void keep(), begunBy };
}
