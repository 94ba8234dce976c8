/** The widget's colours and how well they can be read. Pure. */

/** @typedef {"light" | "dark"} Scheme */
/** @typedef {Record<string, string>} Palette  a colour as #rrggbb by the name of its property, without `--parley-` */

/** What the widget takes where a page says nothing: light, dark. A test compares it with the widget's own sheet. @type {Record<string, [string, string]>} */
export const USUAL = {
  accent: ["#0b6158", "#58b5a5"],
  "on-accent": ["#ffffff", "#06231e"],
  surface: ["#ffffff", "#171d21"],
  text: ["#1b2329", "#e8ecec"],
  muted: ["#5b6670", "#9aa7ad"],
  bubble: ["#eef1f0", "#263036"],
  line: ["#dde2e1", "#303b41"],
};

/** What stands on what, in texts of usual size: WCAG 2.2 AA needs 4.5 : 1. @type {[string, string][]} */
export const PAIRS = [["on-accent", "accent"], ["text", "surface"], ["text", "bubble"], ["muted", "surface"], ["accent", "surface"]];
export const NEEDED = 4.5;

/** @type {() => Record<Scheme, Palette>} */
export const usual = () => ({
  light: Object.fromEntries(Object.entries(USUAL).map(([name, [light]]) => [name, light])),
  dark: Object.fromEntries(Object.entries(USUAL).map(([name, [, dark]]) => [name, dark])),
});

/** @type {(text: string) => string | null} #rrggbb of a colour as people write it, null for what is none */
export function hex(text) {
  const digits = text.trim().toLowerCase().replace(/^#/, "");
  if (/^[0-9a-f]{3}$/.test(digits)) return `#${[...digits].map((digit) => digit + digit).join("")}`;
  return /^[0-9a-f]{6}$/.test(digits) ? `#${digits}` : null;
}

/** @type {(colour: string) => number} relative luminance by WCAG, from 0 for black to 1 for white */
export function luminance(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @type {(a: string, b: string) => number} from 1 for the same to 21 for black and white */
export function ratio(a, b) {
  const [dark, light] = [luminance(a), luminance(b)].sort((one, other) => one - other);
  return (light + 0.05) / (dark + 0.05);
}

/** Told downwards, so that nothing looks like enough that is not. @type {(ratio: number) => number} */
export const rounded = (ratio) => Math.floor(ratio * 10 + 1e-9) / 10;

/** @type {(palette: Palette) => { pair: string, text: string, ground: string, ratio: number, enough: boolean }[]} */
export const judged = (palette) => PAIRS.map(([text, ground]) => {
  const found = ratio(palette[text], palette[ground]);
  return { pair: `${text}/${ground}`, text, ground, ratio: found, enough: found >= NEEDED };
});

/** @type {(palettes: Record<Scheme, Palette>) => string} the CSS for a page, nothing where all is as usual; a browser of any age reads it */
export function css({ light, dark }) {
  const chosen = Object.keys(USUAL).filter((name) => light[name] !== USUAL[name][0] || dark[name] !== USUAL[name][1]);
  const rule = (/** @type {Palette} */ palette, /** @type {string[]} */ names, indent = "") =>
    `${indent}parley-chat {\n${names.map((name) => `${indent}  --parley-${name}: ${palette[name]};\n`).join("")}${indent}}`;
  const differ = chosen.filter((name) => light[name] !== dark[name]);
  return [
    chosen.length && rule(light, chosen),
    differ.length && `@media (prefers-color-scheme: dark) {\n${rule(dark, differ, "  ")}\n}`,
  ].filter(Boolean).join("\n");
}
