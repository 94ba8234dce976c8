/** An answer in the agent's mail program. Pure. */

const MOST = 1500; // longer addresses are cut off by some programs

/** @type {(from: string) => string} the address in `Name <address>`, or in an address alone; empty where there is none */
export function senderOf(from) {
  const [, inside] = /<([^<>]*)>\s*$/.exec(from) ?? [];
  const address = (inside ?? from).trim();
  return /^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/.test(address) ? address : "";
}

/** @type {(subject: string) => string} a subject, answered once */
export const answered = (subject) => (/^\s*(re|aw|antwort)\s*:/i.test(subject) ? subject : `Re: ${subject}`.trim());

/** @type {(subject: string) => string} a subject, forwarded once */
export const forwarded = (subject) => (/^\s*(fwd?|wg)\s*:/i.test(subject) ? subject : `Fwd: ${subject.replace(/^\s*(re|aw|antwort)\s*:\s*/i, "")}`.trim());

/** @type {(to: string, subject: string, text: string) => string} its subject answered, its text quoted as far as it fits */
export function mailto(to, subject, text) {
  const head = `mailto:${encodeURIComponent(to).replace("%40", "@")}?subject=${encodeURIComponent(answered(subject))}&body=`;
  const quoted = [...`\r\n\r\n${text.split(/\r\n|[\n\r]/).map((line) => `> ${line}`).join("\r\n")}`];
  let body = "";
  for (const letter of quoted) {
    const code = encodeURIComponent(letter);
    if (head.length + body.length + code.length > MOST) break;
    body += code;
  }
  return head + body;
}
