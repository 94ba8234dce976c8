/** Which parts of a text are links: the same for the desk and the widget. Pure. */

// http(s) with a host, a mailto with an address, a number of tel. Who is named before an @ is not who is asked: no link.
// Letters and figures of all scripts, and the signs that addresses have; brackets in pairs. So what cannot be seen or turns
// the direction of writing ends it, and so do quotation marks. The punctuation of its sentence is no part of it.
const LINK = /(\b(?:https?:\/\/(?![^\s/?#]*@)|mailto:|tel:[+\d-]{6})(?:[\p{L}\p{M}\p{N}!#-'*-;=?@_~]|[([][\p{L}\p{M}\p{N}!#-'*-;=?@_~]*[)\]])+(?<![!'*,.:;?@]))/iu;

/** @type {(text: string) => string[]} the text in pieces: each second one is a link, to be shown and followed as it is */
export function pieces(text) {
  return text.split(LINK);
}
