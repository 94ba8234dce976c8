/** What the telephone says in English. */
export const texts = {
  title: "Telephone",
  language: "Language",
  connecting: "Connecting …",
  connected: "Connected",
  lost: "Connection lost, trying again …",
  unreachable: "The server cannot be reached. Try again in a moment.",
  loginLead: "For a telephone system’s user, such as pbx.",
  tenant: "Company",
  user: "User",
  password: "Password",
  code: "Code of your second factor",
  logIn: "Log in",
  noTelephone: "This user is no telephone system. Log in as a source, such as pbx.",
  number: "Number",
  queue: "Queue",
  call: "Call",
  calls: "Calls",
  none: "None yet. A call interrupts an agent’s chat only if nobody else is free.",
  unknown: "Unknown number",
  answer: "Answer",
  noAnswer: "No answer",
  hangUp: "Hang up",
  clear: "Clear",
  /** @type {(queue: string) => string} */
  waits: (queue) => `Waits in ${queue}`,
  /** @type {(agent: string) => string} */
  rings: (agent) => `Rings at ${agent}`,
  /** @type {(agent: string) => string} */
  talks: (agent) => `${agent} has answered`,
  over: "Over",
};
