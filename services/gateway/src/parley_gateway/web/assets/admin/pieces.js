/** Pieces of what is set up: compared, read, replaced, put together. Pure. */

/** @type {(a: any, b: any) => boolean} */
export const same = (a, b) => a === b || (typeof a === "object" && typeof b === "object" && JSON.stringify(a) === JSON.stringify(b));

/** @type {(whole: any, field: string, value: any) => any} the whole with one field, `a.b` within a piece, replaced */
export function put(whole, field, value) {
  const [first, ...rest] = field.split(".");
  return { ...whole, [first]: rest.length ? put(whole[first], rest.join("."), value) : value };
}

/** @type {(whole: any, field: string) => any} */
export const get = (whole, field) => field.split(".").reduce((piece, name) => piece?.[name], whole);

/**
 * What to store when somebody else may have changed it meanwhile: theirs, but for what was changed here.
 * @type {(base: any, mine: any, theirs: any) => any}
 */
export function merge(base, mine, theirs) {
  const changed = Object.keys(mine).filter((field) => !same(mine[field], base[field]));
  return { ...theirs, ...Object.fromEntries(changed.map((field) => [field, mine[field]])) };
}
