/** Which item was open: after a reload of this tab the agent is where they were. */

const KEY = "parley-desk-open";

/** @returns {string | null} */
export function chosenBefore() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null; // no storage: the first active item it is
  }
}

/** @param {string | null} item */
export function rememberChoice(item) {
  try {
    if (item) sessionStorage.setItem(KEY, item);
    else sessionStorage.removeItem(KEY);
  } catch {
    // no storage: it holds until the page is left
  }
}
