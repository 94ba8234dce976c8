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

  past: {
    title: "The past",
    moment: "Moment",
    /** @type {(version: number, last: number) => string} */
    event: (version, last) => `After event ${version.toLocaleString("en")} of ${last.toLocaleString("en")}`,
    back: "One back",
    step: "One on",
    /** @type {(speed: number) => string} */
    play: (speed) => `Play ×${speed}`,
    pause: "Pause",
    waiting: "Waiting",
    /** @type {Record<string, string>} */
    activities: { parked: "parked", interrupted: "interrupted" },
    /** @type {(count: number) => string} */
    leftOut: (count) => `${some(count, "item is", "items are")} left out.`,
  },

  figures: {
    title: "Figures",
    by: "By",
    of: { queues: "Queue", agents: "Agent", services: "Chat service" },
    from: "From",
    until: "Until",
    parts: "In parts of",
    partNames: { all: "the whole time", hour: "an hour", day: "a day", week: "a week" },
    kind: "Kind",
    allKinds: "all",
    targetS: "Target (s)",
    show: "Show",
    file: "As CSV",
    time: "Time",
    everybody: "All agents",
    none: "Nothing happened in this time.",
    tooFew: "Single agents are not measured here, and fewer than five worked in this time.",
    formulas: "How it is worked out",
    /** @type {(seconds: string) => string} */
    target: (seconds) => `In target: answered within ${seconds} s.`,
    /** @type {(zone: string) => string} */
    zone: (zone) => `Hours and days are those of ${zone}.`,
    /** @type {(count: number) => string} */
    notYet: (count) => `${some(count, "event is", "events are")} not counted yet.`,
    /** @type {(count: number, figure: string, name: string) => string} */
    behind: (count, figure, name) => `${figure}: ${count.toLocaleString("en")}, show what is behind it for ${name}`,
    /** @type {(figure: string, name: string) => string} */
    behindTitle: (figure, name) => `${figure}: ${name}`,
    close: "Close",
    more: "Show more",
    why: "Who had it",
    nothingSaid: "Nothing was written.",
    /** @type {Record<string, string>} */
    hows: { pushed: "was given it", picked: "took it", transferred: "was handed it" },
    /** @type {Record<string, string>} */
    authors: { visitor: "Customer", agent: "Agent", note: "Note" },
    /** @type {Record<string, string>} */
    columns: {
      offered: "Came", answered: "Answered", abandoned: "Gave up", service_level: "Service level", answer_ms: "Answered after", longest_answer_ms: "Longest until answered",
      handle_ms: "Handle time", wrap_up_ms: "Wrap-up", parked_ms: "Parked", interrupted_ms: "Interrupted", interrupted: "Interrupted", transferred: "Transferred", requeued: "Requeued",
      handled: "Worked on", pushed: "Given", picked: "Picked", ready_ms: "Ready", busy_ms: "Busy", occupancy: "Occupancy",
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
