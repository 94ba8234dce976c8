/** How elements are made. */

/**
 * An element with this id and these properties; its `part`, by which pages may dress it, is its id or class.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} id  nothing: it has none
 * @param {Partial<HTMLElementTagNameMap[Tag]>} props
 * @param {...(Node | string)} children
 */
export function el(tag, id, props, ...children) {
  const node = /** @type {any} */ (Object.assign(document.createElement(tag), props));
  if (id) node.id = id;
  node.part = id || node.className;
  if (node.placeholder) node.ariaLabel = node.placeholder;
  node.append(...children);
  return /** @type {HTMLElementTagNameMap[Tag]} */ (node);
}

/** What leads away from the page tells nobody of it. */
export const LINK = { target: "_blank", rel: "noopener noreferrer" };
