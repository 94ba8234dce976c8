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
    tenant: "Company",
    user: "User",
    password: "Password",
    submit: "Log in",
    wrong: "Company, user or password is wrong.",
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
    alertsRefused: "You will hear a sound. The browser does not let this page show notifications as well: allow them in its settings.",
    past: "Search",
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
    reminded: "reminder",
    /** @type {(at: string) => string} */
    followUp: (at) => `until ${at}`,
    title: "Inbox",
    active: "Active",
    parked: "Parked",
    interrupted: "Interrupted by a call",
    wrapUp: "Wrap-up",
    emptyReady: "Nothing yet. New work comes by itself.",
    empty: "Nothing here. Get ready to receive work.",
    waiting: "Waiting",
    /** @type {(at: string) => string} */
    due: (at) => `due ${at}`,
    pick: "Pick",
    /** @type {(name: string) => string} */
    pickOne: (name) => `Pick ${name}`,
    /** @type {(count: number) => string} */
    unread: (count) => `${count} unread`,
    fresh: "new",
    draft: "Draft",
    gone: "Connection lost",
    unanswered: "Unanswered",
    note: "Note",
    /** @type {(time: string) => string} */
    waitsSince: (time) => `Waits since ${time}`,
    /** @type {(time: string) => string} */
    unansweredSince: (time) => `Waits for an answer since ${time}`,
    /** @type {(time: string) => string} */
    waitsFor: (time) => `Waits ${time}`,
    /** @type {(time: string) => string} */
    unansweredFor: (time) => `Waits for an answer ${time}`,
    /** @type {(time: string) => string} */
    longest: (time) => `longest ${time}`,
    /** @type {(count: number) => string} */
    ready: (count) => (count ? `${count.toLocaleString("en")} ready` : "nobody ready"),
    typing: "typing …",
    filter: "Find in this queue",
    /** @type {(count: number) => string} */
    more: (count) => `Show more (${count.toLocaleString("en")})`,
    none: "Nothing found.",
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
    items: (count) => (count === 1 ? "1 item is parked and resumes after the call." : `${count} items are parked and resume after the call.`),
    /** @type {(name: string, time: string) => string} */
    over: (name, time) => `The call with ${name} is over, after ${time}.`,
    /** @type {(name: string, text: string) => string} */
    notSaved: (name, text) => `The call with ${name} is over. This was not saved of it: ${text}`,
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

  letter: { loading: "What it says is on its way …", from: "From", subject: "Subject", nothing: "It says nothing more.",
    to: (/** @type {string} */ address) => `Answer to ${address}`, send: "Send", elsewhere: "In the mail program", tooLong: "An answer has at most 4,000 characters.",
    begunBy: (/** @type {string} */ name, /** @type {string} */ time) => `Begun by ${name}, ${time}`,
    elsewhereToo: (/** @type {string} */ title) => `The answer to ${title} is being written in another window, too: what is written last is kept.`,
    states: { waiting: "is on its way", taken: "is on its way", sending: "is on its way", sent: "sent", failed: "could not be delivered", unknown: "sent, or lost" },
    quoted: "Earlier mails", asSent: "As it was sent", files: "Files", cut: "This is only the beginning.", original: "The whole mail", more: "Subject, copies, files", recipient: "To", message: "Message", forward: "Forward by e-mail", forInformation: "For your information.",
    forwards: (/** @type {string} */ name) => `The mail of ${name} goes along, with its files.`, copies: "Copies to", attach: "Attach files", detach: "Remove",
    undo: "Undo", leaves: (/** @type {number} */ s) => `Sent in ${s} s`,
    copyTo: (/** @type {string} */ to) => `Copy to ${to}`, refused: (/** @type {string} */ why) => `This mail cannot be shown: ${why}. Look for it on the mail server.`,
    reasons: { too_large: "it is too large", unreadable: "it cannot be read", empty: "it is empty", too_many_parts: "it has too many parts", too_deep: "it is nested too deeply", too_many_headers: "it has too many headers", too_many_lines: "it has too many lines" },
    marks: { out_of_office: "out of office", auto_replied: "automatic reply", bounce: "not delivered", delivery_report: "delivery report", spam: "spam", mailing_list: "mailing list" } },
  talk: {
    conversation: "Conversation",
    choose: "Choose an item from the inbox.",
    longest: "Open the one that has waited longest for an answer",
    nothing: "Nothing is open. New work comes by itself.",
    nothingToPick: "Nothing is open. Pick what waits on the left.",
    notReady: "Nothing is open. Get ready to receive work.",
    back: "Back to the inbox",
    customer: "Customer",
    transfer: "Transfer",
    byMail: "Continue by e-mail",
    park: "Park",
    resume: "Resume",
    end: "End",
    /** @type {(name: string) => string} */
    endTitle: (name) => `End it with ${name}?`,
    endsForGood: "It cannot be taken up again afterwards.",
    endsUnanswered: "The customer still waits for an answer. It cannot be taken up again afterwards.",
    endsWithDraft: "Your draft has not been sent and will be lost.",
    over: "This is over: complete it.",
    email: "Answer it, then end it.",
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
    /** @type {(name: string) => string} */
    handedBy: (name) => `Passed on by ${name}`,
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
    readyHint: "Type / for canned replies",
    noteHint: "Only colleagues see this",
    standing: "Resume the chat to write to the visitor",
    kept: "Your draft is kept. Resume the chat to send it.",
    hint: "Write to the visitor, / for a canned reply",
    plainHint: "Write to the visitor",
    replies: "Canned replies",
    send: "Send",
    add: "Add note",
  },

  wrap: {
    title: "Wrap-up",
    classification: "Classification",
    result: "Result",
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
    callNotes: "Notes",
    saving: "Being saved …",
    savesItself: "What you write is saved by itself.",
    complete: "Complete",
  },

  pass: {
    title: "Transfer",
    to: "To",
    choose: "Choose a queue or an agent",
    queues: "Queues",
    agents: "Agents",
    /** @type {(queue: { ready?: number, waiting?: number }) => string} */
    queueState: ({ ready = 0, waiting = 0 }) => `${ready || "nobody"} ready, ${waiting} waiting`,
    /** @type {(agent: { state?: string, active?: number }) => string} */
    presence: ({ state, active = 0 }) => ({ ready: active ? `ready, ${some(active, "active item", "active items")}` : "ready, free", not_ready: "not ready", logged_out: "logged out" }[state ?? ""] ?? ""),
    note: "Note",
    noteHint: "For whoever takes it: they see it first",
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
      calls: "calls from this number",
      writes: "writes from this address",
      customer_number: "wrote this customer number",
      earlier_chat: "had an earlier chat in this browser",
    },
    earlier: "Earlier interactions",
    noneYet: "None yet.",
    more: "More",
    noTranscript: "No transcript.",
    write: "Write an e-mail",
    withheld: "In a queue that you do not serve. It opens while you have an item of this contact.",
    open: "still open",
    /** @type {Record<string, string>} */
    outcomes: { handled: "handled", abandoned: "abandoned", visitor_left: "the visitor left" },
  },

  past: {
    title: "Past conversations",
    close: "Close past conversations",
    box: "Look for",
    hint: "Words, name, address, number or id",
    whose: "Whose conversations",
    mine: "Mine",
    all: "All that I may read",
    last: "What you closed last",
    found: "Found",
    typeForAll: "Type what to look for in all.",
    nothingYet: "You have closed nothing yet. What you complete stands here; to find something else, type what to look for.",
    noneMine: "Nothing found among yours. Look in all, or use fewer words.",
    none: "Nothing found. Try fewer words, the customer’s name, or their address or number.",
    lookInAll: "Look in all",
    noWord: "Type at least one word, a name or a number.",
    back: "Back to the list",
    others: "All conversations with this customer",
    /** @type {(count: number, more: boolean) => string} */
    count: (count, more) => (more ? `${count.toLocaleString("en")} shown, there are more` : some(count, "conversation", "conversations")),
  },

  details: {
    followUp: "Remind me at",
    parkUntil: "Park until then",
    title: "Details",
    close: "Close the details",
    name: "Says to be",
    from: "From",
    subject: "Subject",
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
    /** @type {(queue: string, count: number) => string} */
    waiting: (queue, count) => `Waiting to be picked: ${queue} (${count.toLocaleString("en")})`,
  },

  help: {
    title: "By keyboard",
    lead: "Everything can be reached with Tab. These are quicker, also while you write:",
    close: "Close",
    /** @type {Record<string, string>} what each of keys.js does */
    keys: {
      help: "This sheet",
      past: "Past conversations",
      next: "The next item with something new",
      pick: "Pick what has waited longest",
      down: "The next item of the inbox",
      up: "The item before",
      write: "To where one writes",
      note: "Answer or internal note",
      transfer: "Transfer",
      park: "Park, or resume",
      end: "End, or complete the wrap-up",
      ready: "Ready, or not ready",
      customer: "The customer",
    },
    others: [["Enter", "Send"], ["Shift Enter", "A new line"], ["/", "A canned reply, by its name"], ["Esc", "Close what is open"]],
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

  /** @type {Record<string, (name: string) => string>} why it was refused, by the server's name for that; `name`: whom it is about */
  reasons: {
    not_logged_in: (name) => `${name} is not logged in. Transfer it to a queue.`,
    no_agent: () => "This agent has never logged in, or is not there any more. Choose another one.",
    no_queue: () => "This queue is not there any more. Choose another one.",
    same_queue: () => "It is in this queue already. Choose another one, or an agent.",
    yours_already: () => "You have it already.",
    on_a_call: (name) => `${name} is on a call. End it first.`,
    in_wrap_up: (name) => `${name} is in wrap-up. Complete it or park it first.`,
    not_interruptible: (name) => `${name} works on something that no call may interrupt. Park it first.`,
    not_free: (name) => `${name} is not free. Transfer the call to a queue.`,
    not_served: () => "You do not serve this queue. An administrator can change that.",
    taken: (name) => `${name} was first.`,
    waits_no_more: () => "It does not wait any more.",
    call_stays: () => "A call cannot be parked. End it, transfer it, or complete its wrap-up.",
    over: () => "The conversation is over.",
    parked: () => "The chat is parked. Resume it, then write.",
    closed: () => "It is completed.",
    no_wrap_up: () => "It is not in wrap-up.",
    no_more_extensions: () => "All extensions are used up. Complete the wrap-up, or park it.",
    rings: () => "The call rings. Answer it first, or let it ring.",
    too_late: () => "It has gone out already. Write another answer.",
    withdrawn: () => "It has been taken back already.",
    no_mail_server: () => "No mail server is set. Answer in your mail program, or ask an administrator.",
    no_address: () => "Whoever wrote this has no e-mail address.",
  },
};
