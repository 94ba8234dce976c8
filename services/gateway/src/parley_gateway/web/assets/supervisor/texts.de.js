/** Was die Seite der Teamleitung auf Deutsch sagt, neben den Wörtern des Arbeitsplatzes für Vorgänge, Zustände und Ablehnungen. */

/** @type {(count: number, one: string, many: string) => string} */
const some = (count, one, many) => `${count.toLocaleString("de")} ${count === 1 ? one : many}`;

/** @type {typeof import("./texts.en.js").texts} */
export const texts = {
  title: "Parley Teamleitung",
  heading: "Überblick",
  why: "Grund (freiwillig)",
  underWay: "Läuft …",
  desk: (items) => (items ? `Ihr Arbeitsplatz (${items})` : "Ihr Arbeitsplatz"),

  login: {
    notSupervisor: "Diese Seite ist für die Teamleitung. Melden Sie sich als solche an.",
    expired: "Ihre Anmeldung ist abgelaufen. Bitte melden Sie sich erneut an.",
  },

  queues: {
    title: "Warteschleifen",
    name: "Warteschleife",
    kinds: { chat: "Chats", call: "Anrufe", email: "E-Mails", task: "Aufgaben" },
    longest: "Längste Wartezeit",
    ready: "Bereit / da",
    nobodyReady: "niemand bereit",
    over: (count) => `${count.toLocaleString("de")} über der Vorgabe`,
    nothing: "Hier wartet nichts.",
    none: "Es gibt noch keine Warteschleife.",
    waitingIn: (name) => `Wartet in ${name}`,
    more: (count) => `Mehr zeigen (${count.toLocaleString("de")})`,
    ticked: (count) => `${some(count, "Vorgang", "Vorgänge")} angekreuzt`,
    moveTicked: "In eine andere Warteschleife",
    untick: "Kreuze entfernen",
  },

  agents: {
    title: "Agenten",
    name: "Agent",
    state: "Zustand",
    since: "Seit",
    inHand: "In Arbeit",
    free: "nichts",
    help: "Hilfe!",
    states: { ready: "Bereit", not_ready: "Nicht bereit", logged_out: "Abgemeldet" },
    nobody: "Niemand ist angemeldet.",
    itemsOf: (name) => `Was ${name} in Arbeit hat`,
    loggedOut: (count) => `Abgemeldete zeigen (${count.toLocaleString("de")})`,
  },

  item: {
    over: "über der Vorgabe",
    farOver: "weit über der Vorgabe",
    overdue: "überfällig",
    due: (at) => `fällig ${at}`,
    tick: (title) => `${title} ankreuzen`,
  },

  help: {
    title: "Hilfe erbeten",
    asks: (name) => `${name} bittet um Hilfe.`,
    nothingSaid: "Hat nichts dazu gesagt.",
    show: "Zeigen",
  },

  act: {
    watch: {
      button: "Mitlesen",
      title: (title) => `Den Chat mit ${title} mitlesen`,
    },
    take_over: {
      button: "Übernehmen",
      title: (title) => `${title} übernehmen`,
      text: "Danach ist es Ihres und steht auf Ihrem Arbeitsplatz.",
    },
    assign: {
      button: "Zuteilen",
      title: (title) => `${title} zuteilen`,
      to: "An",
      choose: "Agent wählen",
      has: (count) => (count ? `hat ${some(count, "Vorgang", "Vorgänge")}` : "frei"),
    },
    move: {
      button: "Verschieben",
      title: (title) => `${title} in eine andere Warteschleife verschieben`,
      titleMany: (count) => `${some(count, "Vorgang", "Vorgänge")} in eine andere Warteschleife verschieben`,
      to: "An",
      choose: "Warteschleife wählen",
    },
    agent_state: {
      ready: "Bereit setzen",
      notReady: "Nicht bereit setzen",
      readyTitle: (name) => `${name} bereit setzen`,
      notReadyTitle: (name) => `${name} nicht bereit setzen`,
      reason: "Warum nicht bereit",
    },
    agent_logout: {
      button: "Abmelden",
      title: (name) => `${name} abmelden?`,
      text: (count) => (count ? `${some(count, "Vorgang ist", "Vorgänge sind")} in Arbeit: Was nicht in der Nachbearbeitung ist, geht zurück in die Warteschleife.` : "Nichts ist in Arbeit."),
    },
    agent_queues: {
      button: "Warteschleifen",
      submit: "Warteschleifen ändern",
      title: (name) => `Warteschleifen, die ${name} bedient`,
      which: "Warteschleifen",
    },
  },

  past: {
    title: "Früher",
    moment: "Zeitpunkt",
    event: (version, last) => `Nach Ereignis ${version.toLocaleString("de")} von ${last.toLocaleString("de")}`,
    back: "Eins zurück",
    step: "Eins weiter",
    play: (speed) => `Abspielen ×${speed}`,
    pause: "Anhalten",
    waiting: "Warten",
    activities: { parked: "geparkt", interrupted: "unterbrochen" },
    leftOut: (count) => `${count.toLocaleString("de")} weitere sind nicht gezeigt.`,
  },

  figures: {
    title: "Kennzahlen",
    by: "Nach",
    of: { queues: "Warteschleife", agents: "Agent", services: "Chat-Dienst" },
    from: "Von",
    until: "Bis",
    parts: "In Teilen von",
    partNames: { all: "der ganzen Zeit", hour: "einer Stunde", day: "einem Tag", week: "einer Woche" },
    kind: "Art",
    allKinds: "alle",
    targetS: "Ziel (s)",
    show: "Anzeigen",
    file: "Als CSV",
    time: "Zeit",
    everybody: "Alle Agenten",
    none: "In dieser Zeit ist nichts geschehen.",
    tooFew: "Einzelne Agenten werden hier nicht gemessen, und in dieser Zeit arbeiteten weniger als fünf.",
    formulas: "Wie gerechnet wird",
    target: (seconds) => `Im Ziel: angenommen innerhalb von ${seconds} s.`,
    zone: (zone) => `Stunden und Tage sind die von ${zone}.`,
    notYet: (count) => `${count.toLocaleString("de")} Ereignisse sind noch nicht gezählt.`,
    behind: (count, figure, name) => `${figure}: ${count.toLocaleString("de")}, zeigen, was dahinter steht, für ${name}`,
    behindTitle: (figure, name) => `${figure}: ${name}`,
    close: "Schließen",
    more: "Mehr anzeigen",
    why: "Wer es hatte",
    nothingSaid: "Es wurde nichts geschrieben.",
    hows: { pushed: "bekam es", picked: "nahm es", transferred: "bekam es übergeben" },
    authors: { visitor: "Kunde", agent: "Agent", note: "Notiz" },
    columns: {
      offered: "Gekommen", answered: "Angenommen", abandoned: "Aufgegeben", service_level: "Servicelevel", answer_ms: "Angenommen nach", longest_answer_ms: "Längstens bis zur Annahme",
      handle_ms: "Bearbeitung", wrap_up_ms: "Nachbearbeitung", parked_ms: "Geparkt", interrupted_ms: "Unterbrochen", interrupted: "Unterbrochen", transferred: "Übergeben", requeued: "Zurückgestellt",
      handled: "Bearbeitet", pushed: "Zugeteilt", picked: "Selbst genommen", ready_ms: "Bereit", busy_ms: "Beschäftigt", occupancy: "Auslastung",
    },
  },

  watching: {
    title: (title) => `Sie lesen mit: ${title}`,
    with: (name) => `bei ${name}`,
    over: "Es ist vorbei oder nicht mehr hier.",
    close: "Schließen",
    whisper: "Dem Agenten zuflüstern",
    whisperHint: "Das sehen nur Kollegen",
    send: "Zuflüstern",
    onDesk: "Es ist Ihres: zum Arbeitsplatz",
  },

  refusals: { not_ready: "Dieser Agent ist nicht bereit." },

  doings: {
    title: "Was die Teamleitung zuletzt getan hat",
    none: "Nichts, seit diese Seite offen ist.",
    agent: "Agent:",
    why: "Grund:",
    acts: {
      watch: "liest mit:", whisper: "flüsterte zu:", join: "kam hinzu:", take_over: "übernahm", assign: "teilte zu:", move: "verschob",
      agent_state: "änderte den Zustand", agent_logout: "meldete ab", agent_queues: "änderte die Warteschleifen",
    },
  },
};
