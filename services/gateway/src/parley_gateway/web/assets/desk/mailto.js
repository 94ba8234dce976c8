/** An answer in the agent's mail program. Pure. */

const MOST = 1500; // longer addresses are cut off by some programs

/** @type {(from: string) => string} the address in `Name <address>`, or in an address alone; empty where there is none */
export function senderOf(from) {
  const [, inside] = /<([^<>]*)>\s*$/.exec(from) ?? [];
  const address = (inside ?? from).trim();
  return /^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/.test(address) ? address : "";
}

/** @type {(to: string, subject: string, text: string) => string} its subject answered, its text quoted as far as it fits */
export function mailto(to, subject, text) {
  const about = /^\s*(re|aw|antwort)\s*:/i.test(subject) ? subject : `Re: ${subject}`;
  const head = `mailto:${encodeURIComponent(to).replace("%40", "@")}?subject=${encodeURIComponent(about)}&body=`;
  const quoted = [...`\r\n\r\n${text.split(/\r\n|[\n\r]/).map((line) => `> ${line}`).join("\r\n")}`];
  let body = "";
  for (const letter of quoted) {
    const code = encodeURIComponent(letter);
    if (head.length + body.length + code.length > MOST) break;
    body += code;
  }
  return head + body;
}
