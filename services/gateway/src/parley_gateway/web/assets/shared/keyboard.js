/** Keys as people press them: the same for our pages and the widget. Pure. */

/**
 * Is this key the input method's? While a word of Japanese or Chinese is put together, Enter confirms it and Escape gives it
 * up. Safari ends the composition before it tells of that key, and says by 229 alone whose it was.
 * @type {(event: KeyboardEvent) => boolean}
 */
export const composes = (event) => event.isComposing || event.keyCode === 229;

/**
 * A listener that hears no key of an input method. Every listener for keys is made by this one.
 * @type {<Event extends KeyboardEvent>(act: (event: Event) => void) => (event: Event) => void}
 */
export const byHand = (act) => (event) => {
  if (!composes(event)) act(event);
};
