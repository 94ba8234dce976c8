/** What the supervisors' page says in English, beside the desk's words for items, states and refusals. */

/** @type {(count: number, one: string, many: string) => string} */
const some = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

export const texts = {
  title: "Parley supervisor",
  heading: "Floor",
  why: "Reason (optional)",
  underWay: "Under way …",
  /** @type {(items: number) => string} */
  desk: (items) => (items ? `Your desk (${items})` : "Your desk"),

  login: {
    notSupervisor: "This page is for supervisors. Log in as one.",
    expired: "Your login has expired. Please log in again.",
  },

  queues: {
    title: "Queues",
    name: "Queue",
    kinds: { chat: "Chats", call: "Calls", email: "E-mails", task: "Tasks" },
    longest: "Longest wait",
    ready: "Ready / here",
    nobodyReady: "nobody ready",
    /** @type {(count: number) => string} */
    over: (count) => `${count.toLocaleString("en")} over target`,
    nothing: "Nothing waits here.",
    none: "There is no queue yet.",
    /** @type {(name: string) => string} */
    waitingIn: (name) => `Waiting in ${name}`,
    /** @type {(count: number) => string} */
    more: (count) => `Show more (${count.toLocaleString("en")})`,
    /** @type {(count: number) => string} */
    ticked: (count) => `${some(count, "item", "items")} ticked`,
    moveTicked: "Move to another queue",
    untick: "Untick all",
  },

  agents: {
    title: "Agents",
    name: "Agent",
    state: "State",
    since: "Since",
    inHand: "In hand",
    free: "nothing",
    help: "Help!",
    states: { ready: "Ready", not_ready: "Not ready", logged_out: "Logged out" },
    nobody: "Nobody is logged in.",
    /** @type {(name: string) => string} */
    itemsOf: (name) => `What ${name} has in hand`,
    /** @type {(count: number) => string} */
    loggedOut: (count) => `Show who is logged out (${count.toLocaleString("en")})`,
  },

  item: {
    over: "over target",
    farOver: "far over target",
    overdue: "overdue",
    /** @type {(at: string) => string} */
    due: (at) => `due ${at}`,
    /** @type {(title: string) => string} */
    tick: (title) => `Tick ${title}`,
  },

  help: {
    title: "Asking for help",
    /** @type {(name: string) => string} */
    asks: (name) => `${name} asks for help.`,
    nothingSaid: "Said nothing about it.",
    show: "Show",
  },

  act: {
    watch: {
      button: "Watch",
      /** @type {(title: string) => string} */
      title: (title) => `Watch the chat with ${title}`,
    },
    take_over: {
      button: "Take over",
      /** @type {(title: string) => string} */
      title: (title) => `Take over ${title}`,
      text: "It is yours from then on, and stands on your desk.",
    },
    assign: {
      button: "Assign",
      /** @type {(title: string) => string} */
      title: (title) => `Assign ${title}`,
      to: "To",
      choose: "Choose an agent",
      /** @type {(count: number) => string} */
      has: (count) => (count ? `has ${some(count, "item", "items")}` : "free"),
    },
    move: {
      button: "Move",
      /** @type {(title: string) => string} */
      title: (title) => `Move ${title} to another queue`,
      /** @type {(count: number) => string} */
      titleMany: (count) => `Move ${some(count, "item", "items")} to another queue`,
      to: "To",
      choose: "Choose a queue",
    },
    agent_state: {
      ready: "Set ready",
      notReady: "Set not ready",
      /** @type {(name: string) => string} */
      readyTitle: (name) => `Set ${name} ready`,
      /** @type {(name: string) => string} */
      notReadyTitle: (name) => `Set ${name} not ready`,
      reason: "Why not ready",
    },
    agent_logout: {
      button: "Log out",
      /** @type {(name: string) => string} */
      title: (name) => `Log ${name} out?`,
      /** @type {(count: number) => string} */
      text: (count) => (count ? `${some(count, "item is", "items are")} in hand: what is not in wrap-up goes back to the queue.` : "Nothing is in hand."),
    },
    agent_queues: {
      button: "Queues",
      submit: "Change the queues",
      /** @type {(name: string) => string} */
      title: (name) => `Queues that ${name} serves`,
      which: "Queues",
    },
  },

  watching: {
    /** @type {(title: string) => string} */
    title: (title) => `Watching: ${title}`,
    /** @type {(name: string) => string} */
    with: (name) => `with ${name}`,
    over: "It is over, or not on the floor any more.",
    close: "Close",
    whisper: "Whisper to the agent",
    whisperHint: "Only colleagues see this",
    send: "Whisper",
    onDesk: "It is yours: open your desk",
  },

  /** @type {Record<string, string>} by the server's codes, where the desk has no word for them */
  refusals: { not_ready: "This agent is not ready." },

  doings: {
    title: "What supervisors did last",
    none: "Nothing since this page was opened.",
    agent: "agent:",
    why: "reason:",
    /** @type {Record<string, string>} */
    acts: {
      watch: "watches", whisper: "whispered", join: "joined", take_over: "took over", assign: "assigned", move: "moved",
      agent_state: "changed the state", agent_logout: "logged out", agent_queues: "changed the queues",
    },
  },
};
