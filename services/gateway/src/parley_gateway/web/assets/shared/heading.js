/** What a page is about: its title, also the window's; whoever comes to a page begins there. */
import { html, useEffect, useRef } from "../vendor/preact-htm-signals.js";

let moved = false;
addEventListener("hashchange", () => (moved = true));

/** @param {{ title: string, lead?: string, up?: [string, string] }} props `up`: address and name of the page above */
export function Heading({ title, lead, up }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (moved) heading.current?.focus();
  }, []);
  useEffect(() => void (document.title = `${title} · Parley`), [title]);
  return html`
    <div class="heading">
      ${up && html`<p class="up"><a href=${up[0]}>${up[1]}</a></p>`}
      <h1 ref=${heading} tabindex="-1" dir="auto">${title}</h1>
      ${lead && html`<p class="lead">${lead}</p>`}
    </div>`;
}
