/** How elements are made. */

/**
 * An element with these properties or attributes; its `part`, by which pages may dress it, is its id or class.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]> & { "aria-labelledby"?: string }} props
 * @param {...(Node | string)} children
 */
export function el(tag, props, ...children) {
  const node = document.createElement(tag);
  const fields = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (node));
  const given = /** @type {Record<string, any>} */ (props);
  for (const name in given) name in node ? (fields[name] = given[name]) : node.setAttribute(name, given[name]);
  node.part = node.id || node.className;
  if (given.placeholder) node.ariaLabel = given.placeholder;
  node.append(...children);
  return node;
}

/** @type {(tag: string, attributes: Record<string, string>, ...children: Node[]) => Element} */
function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const name in attributes) node.setAttribute(name, attributes[name]);
  node.append(...children);
  return node;
}

/** Decoration: what it says stands beside it. @type {(size: number, path: string) => Element} */
export const icon = (size, d) => svg("svg", { viewBox: "0 0 24 24", width: `${size}`, "aria-hidden": "true" }, svg("path", { d }));
