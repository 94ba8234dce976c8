/** Lists that are typed as text: one on each line, or separated by commas. Pure. */

/** @type {(text: string) => string[]} each once, without blank ones */
export const lines = (text) => [...new Set(text.split("\n").map((line) => line.trim()).filter(Boolean))];

/** @type {(text: string) => string[]} */
export const codes = (text) => [...new Set(text.split(/[\s,;]+/).filter(Boolean))];

/** @type {(text: string) => boolean} whether all of them are languages' codes */
export const areCodes = (text) => codes(text).every((code) => /^[A-Za-z0-9-]{2,35}$/.test(code));

/**
 * What differs in two lists: of each what the other has not; both whole, where only their order differs.
 * @type {(one: any[], other: any[]) => [any[], any[]]}
 */
export function differing(one, other) {
  const beyond = (/** @type {any[]} */ list, /** @type {any[]} */ there) => {
    const known = new Set(there.map((each) => JSON.stringify(each)));
    return list.filter((each) => !known.has(JSON.stringify(each)));
  };
  const [first, second] = [beyond(one, other), beyond(other, one)];
  return first.length || second.length ? [first, second] : [one, other];
}

/** A website as its pages' origin: what comes after its name is left out, so that an address may be pasted. @type {(line: string) => string} */
function origin(line) {
  const [, scheme, host] = line.match(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)(?:[^/@?#]*@)?([^/?#\s]+)/) ?? [];
  if (!host) return line;
  const usual = { "http://": /:80$/, "https://": /:443$/ }[scheme.toLowerCase()];
  return (scheme + (usual ? host.replace(usual, "") : host)).toLowerCase();
}

/** @type {(text: string) => string} */
export const tidyOrigins = (text) => lines(text).map(origin).join("\n");

/** Roles by the value of a claim, as lines of `value = role`. @type {(roles: Record<string, string>) => string} */
export const rolesText = (roles) => Object.entries(roles).map(([value, role]) => `${value} = ${role}`).join("\n");

/** @type {(text: string) => Record<string, string>} */
export const rolesOf = (text) => Object.fromEntries(lines(text).map((line) => {
  const at = line.lastIndexOf("=");
  return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}));

const ROLE = /^[^=\s].*=\s*(agent|supervisor|admin|ops)$/;

/** @type {(text: string) => boolean} whether there are some, and all of them are roles */
export const areRoles = (text) => lines(text).length > 0 && lines(text).every((line) => ROLE.test(line));

/** @param {string} text */
function isUrl(text) {
  try {
    return !!new URL(text);
  } catch {
    return false;
  }
}

/** @type {(text: string) => boolean} whether it is a whole address of the web */
export const isAddress = (text) => /^https?:\/\/[^\s/?#\\<>"]+[^\s\\<>"]*$/i.test(text) && isUrl(text);

/** @type {(text: string) => boolean} whether all of them, tidied up, are origins of pages */
export const areOrigins = (text) =>
  lines(tidyOrigins(text)).every((line) => /^[a-z][a-z0-9+.-]*:\/\/[^/\s?#@]+$/.test(line) && line.length <= 300);
