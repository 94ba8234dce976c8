/** What the desk says in English. */

/** @type {(count: number, one: string, many: string) => string} */
const some = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

export const texts = {
  title: "Parley desk",
  language: "Language",
  connecting: "Connecting …",
  connected: "Connected",
  lost: "Connection lost, trying again …",
  cancel: "Cancel",
  dismiss: "Dismiss",
  expired: "Your login has expired. Please log in again.",
  noDesk: "This user has no desk. Log in as an agent.",
  failed: "That did not work. Try again.",
  unreachable: "The server cannot be reached. Try again in a moment.",
  notLoaded: "That could not be loaded. Try again; if that does not help, reload the page.",

  login: {
    tenant: "Tenant",
    user: "User",
    password: "Password",
    submit: "Log in",
    wrong: "Tenant, user or password is wrong.",
    wrongCode: "This code is wrong, or was used before.",
    code: "Give the code of your second factor as well.",
    codeLabel: "Code of your second factor",
    elsewhere: "Continue with your company’s provider",
    account: "Password forgotten? Your account",
  },

  top: {
    account: "Account",
    availability: "Availability",
    ready: "Ready",
    notReady: "Not ready",
    reason: "Why you are not ready",
    noReason: "No reason",
    missedCall: "A call was not answered",
    alerts: "Alerts",
    alertsHint: "A sound and a notification while the desk is out of sight",
    alertsRefused: "The browser does not let this page show notifications. Allow them in its settings.",
    help: "Keyboard",
    logOut: "Log out",
    leave: "Log out now?",
    /** @type {(chats: number, wrapUps: number) => string} */
    leaveText: (chats, wrapUps) => [
      chats && `${some(chats, "item goes", "items go")} back to the queue, at the old place.`,
      wrapUps && `${some(wrapUps, "wrap-up is", "wrap-ups are")} completed as it stands.`,
    ].filter(Boolean).join(" "),
    stay: "Stay",
  },

  inbox: {
    title: "Inbox",
    active: "Active",
    parked: "Parked",
    interrupted: "Interrupted by a call",
    wrapUp: "Wrap-up",
    emptyReady: "Nothing yet. New work comes by itself.",
    empty: "Nothing here. Get ready to receive work.",
    waiting: "Waiting",
    pick: "Pick",
    /** @type {(name: string) => string} */
    pickOne: (name) => `Pick ${name}`,
    /** @type {(count: number) => string} */
    unread: (count) => `${count} unread`,
    fresh: "new",
    typing: "typing …",
    filter: "Find in this queue",
    /** @type {(count: number) => string} */
    more: (count) => `Show more (${count.toLocaleString("en")})`,
    none: "None of these.",
  },

  kinds: { chat: "Chat", call: "Call", email: "E-mail", task: "Task" },
  visitor: "Visitor",
  agent: "Agent",

  standing: {
    waiting: "Waiting",
    interrupted: "Interrupted by a call",
    wrapUpInterrupted: "Wrap-up, interrupted by a call",
    parked: "Parked",
    wrapUpParked: "Wrap-up, parked",
    telephone: "On the telephone",
    ringing: "Ringing",
    wrapUp: "Wrap-up",
    active: "Active",
  },

  call: {
    /** @type {(from: string) => string} */
    rings: (from) => `Call from ${from}: your telephone rings`,
    /** @type {(from: string) => string} */
    talking: (from) => `On the telephone with ${from}`,
    anybody: "an unknown number",
    /** @type {(count: number) => string} */
    chats: (count) => (count === 1 ? "1 chat is parked and resumes after the call." : `${count} chats are parked and resume after the call.`),
    /** @type {(count: number) => string} */
    wrapUps: (count) => (count === 1 ? "1 wrap-up will open after the call." : `${count} wrap-ups will open after the call.`),
    show: "Show the call",
    /** @type {(name: string) => string} */
    back: (name) => `The call is over. The chat with ${name} goes on.`,
    /** @type {(name: string) => string} */
    backInWrapUp: (name) => `The call is over. ${name} left meanwhile: the chat is in wrap-up.`,
    /** @type {(from: string) => string} */
    heldBy: (from) => `Interrupted by the call from ${from}. It is back by itself when the call is over.`,
    held: "Interrupted by a call. It is back by itself when the call is over.",
    /** @type {(from: string) => string} */
    wrapUpHeldBy: (from) => `Interrupted by the call from ${from}. The wrap-up opens by itself when the call is over.`,
    wrapUpHeld: "Interrupted by a call. The wrap-up opens by itself when the call is over.",
  },

  talk: {
    conversation: "Conversation",
    choose: "Choose an item from the inbox.",
    nothing: "Nothing is open.",
    back: "Back to the inbox",
    customer: "Customer",
    transfer: "Transfer",
    park: "Park",
    resume: "Resume",
    end: "End",
    over: "This is over: complete it.",
    email: "Answer this in your mail program, then end it here.",
    task: "Do this task, then end it here.",
    onTelephone: "You are on the telephone. The call ends there.",
    rings: "Your telephone rings.",
    /** @type {(kind: string) => string} */
    notTaken: (kind) => `${kind}, not taken yet.`,
    messages: "Messages",
    /** @type {(name: string) => string} */
    typing: (name) => `${name} is typing …`,
    /** @type {(name: string) => string} */
    noteBy: (name) => `Note by ${name}`,
    anAgent: "an agent",
    notSent: "Not sent.",
    unsure: "No answer so far. It may still arrive; trying again does not send it twice.",
    again: "Try again",
    read: "Read",
    earlier: "Show earlier messages",
  },

  write: {
    what: "What to write",
    answer: "Answer",
    note: "Internal note",
    message: "Message",
    noteHint: "Only colleagues see this",
    standing: "Resume the chat to write to the visitor",
    hint: "Write to the visitor, / for a ready text",
    plainHint: "Write to the visitor",
    replies: "Ready texts",
    send: "Send",
    add: "Add note",
  },

  wrap: {
    title: "Wrap-up",
    classification: "Classification",
    note: "Note",
    /** @type {(time: string) => string} */
    left: (time) => `${time} left`,
    /** @type {(time: string) => string} */
    standing: (time) => `${time} left, standing still`,
    /** @type {(seconds: number) => string} */
    soon: (seconds) => `The wrap-up completes itself in ${seconds} seconds.`,
    /** @type {(left: number) => string} */
    extend: (left) => `Extend (${left} left)`,
    save: "Save",
    saved: "Saved",
    complete: "Complete",
  },

  pass: {
    title: "Transfer",
    to: "To",
    aQueue: "a queue",
    anAgent: "an agent",
    queue: "Queue",
    agent: "Agent",
    note: "Note",
    noteHint: "For whoever takes it",
    submit: "Transfer",
    allTheSame: "Transfer all the same",
    whyNot: {
      closed: "This queue is closed now: nobody takes it before it opens.",
      queue_full: "This queue is full: it waits behind more than are meant to wait.",
      no_agents: "Nobody is here in this queue: it waits until somebody logs in.",
    },
  },

  customer: {
    title: "Customer",
    notIdentified: "Not identified.",
    search: "Search contacts",
    searchHint: "Name, e-mail, number",
    nobody: "Nobody found.",
    found: "Contacts found",
    perhaps: "Perhaps",
    mayBe: "Who it may be",
    link: "Link",
    /** @type {(name: string) => string} */
    thisIs: (name) => `Link: this is ${name}`,
    create: "New contact",
    edit: "Edit",
    other: "Somebody else",
    unlink: "Unlink",
    contact: "Contact",
    save: "Save",
    there: "Already there?",
    anyway: "Create all the same",
    /** @type {Record<string, string>} */
    same: { email: "same e-mail address", phone: "same telephone number", customer_number: "same customer number", name: "same name" },
    name: "Name",
    emails: "E-mail",
    phones: "Telephone",
    organisation: "Organisation",
    customerNumber: "Customer number",
    languageCode: "Language (such as de)",
    language: "Language",
    notes: "Notes",
    /** @type {Record<string, string>} */
    why: {
      email: "wrote this e-mail address",
      phone: "wrote this telephone number",
      customer_number: "wrote this customer number",
      earlier_chat: "had an earlier chat in this browser",
    },
    earlier: "Earlier",
    noneYet: "Nothing yet.",
    more: "More",
    noTranscript: "No transcript.",
    withheld: "In a queue that you do not serve. It opens while you have an item of this contact.",
    open: "still open",
    /** @type {Record<string, string>} */
    outcomes: { handled: "handled", abandoned: "abandoned", visitor_left: "the visitor left" },
  },

  details: {
    title: "Details",
    close: "Close the details",
    name: "Name",
    subject: "Subject",
    queue: "Queue",
    state: "State",
    requested: "Requested",
    language: "Language",
    page: "Page",
    handle: "Handle time",
    wrapUp: "Wrap-up time",
    priority: "Priority",
    classification: "Classification",
    consent: "Agreed to",
  },

  log: {
    requested: "Chat requested",
    /** @type {(fields: string) => string} */
    dropped: (fields) => `Not taken as the website said it: ${fields}`,
    /** @type {Record<string, string>} */
    said: {
      name: "name", email: "e-mail", phone: "telephone", organisation: "organisation", customer_number: "customer number",
      language: "language", page: "page", consent: "consent", identity: "who they are", previous: "earlier chat",
    },
    /** @type {Record<string, string>} */
    notTaken: { unusable: "left out, cannot be used", cut: "shortened", cleaned: "control characters taken out", unverified: "left out, not verified", unavailable: "could not be looked up" },
    /** @type {(name?: string) => string} */
    assigned: (name) => `Assigned to ${name ?? "an agent"}`,
    /** @type {(name?: string) => string} */
    joined: (name) => `${name ?? "An agent"} joined`,
    interrupted: "Interrupted by a call",
    parked: "Parked",
    resumed: "Resumed",
    requeued: "Back in the queue",
    transferred: "Transferred",
    /** @type {(note: string) => string} */
    transferredWith: (note) => `Transferred: ${note}`,
    wrapUpStarted: "Wrap-up started",
    classified: "Classified",
    /** @type {(code: string) => string} */
    classifiedAs: (code) => `Classified as ${code}`,
    identified: "Customer identified",
    unidentified: "Customer not identified any more",
    closed: "Closed",
    visitorLost: "The visitor’s connection is lost",
    visitorBack: "The visitor is back",
    /** @type {(score: number) => string} */
    rated: (score) => `Rated ${score} of 5`,
    ended: "The chat ended",
    /** @type {Record<string, string>} */
    endedBy: {
      visitor: "The visitor ended the chat",
      agent: "The agent ended the chat",
      absence: "The chat ended: the visitor was away too long",
      system: "The chat was ended by the system",
    },
  },

  news: {
    /** @type {(queue: string) => string} */
    call: (queue) => `A call: ${queue}`,
    /** @type {(queue: string) => string} */
    message: (queue) => `New message: ${queue}`,
    /** @type {(queue: string) => string} */
    work: (queue) => `New work: ${queue}`,
  },

  help: {
    title: "By keyboard",
    lead: "Everything can be reached with Tab. These are quicker, also while you write:",
    close: "Close",
    /** @type {Record<string, string>} what each of keys.js does */
    keys: {
      help: "This sheet",
      next: "The next item with something new",
      pick: "Pick what has waited longest",
      down: "The next item of the inbox",
      up: "The item before",
      note: "Answer or internal note",
      transfer: "Transfer",
      park: "Park, or resume",
      end: "End, or complete the wrap-up",
      ready: "Ready, or not ready",
      customer: "The customer",
    },
    others: [["Enter", "Send"], ["Shift Enter", "A new line"], ["/", "A ready text, by its name"], ["Esc", "Close what is open"]],
  },

  /** @type {Record<string, string>} by the server's codes (R31) */
  refusals: {
    bad_frame: "The server did not understand that. Reload the page and try again.",
    bad_request: "The server did not understand that. Reload the page and try again.",
    unauthorized: "Please log in again.",
    forbidden: "You are not allowed to do that.",
    not_found: "This is not there any more.",
    conflict: "Somebody else changed this at the same time. Look again.",
    already_taken: "Another agent was first.",
    not_yours: "This is not in your inbox any more.",
    wrong_state: "That is not possible at this point.",
    too_long: "That is too long: a text has at most 4,000 characters.",
    rate_limited: "That was too fast. Wait a moment and try again.",
    licence_required: "The licence for web chat is missing or has expired.",
    unavailable: "The server cannot be reached. Try again in a moment.",
  },
};
