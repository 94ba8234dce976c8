/** Text into the clipboard, also where the page may not use the new way (plain HTTP, an old browser, a refusal). */

/** @type {(text: string) => Promise<boolean>} whether it is there now */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** @param {string} text */
function copyBySelection(text) {
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const box = document.createElement("textarea");
  box.value = text;
  box.className = "out-of-sight";
  box.readOnly = true;
  document.body.append(box);
  box.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    done = false;
  }
  box.remove();
  before?.focus();
  return done;
}
