/** Was die Seite auf Deutsch sagt. */

/** @type {typeof import("./texts.en.js").texts} */
export const texts = {
  title: "Ihr Zugang",
  loading: "Wird geladen …",
  language: "Sprache",
  unreachable: "Der Server ist nicht erreichbar. Versuchen Sie es gleich noch einmal.",
  failed: "Das hat nicht geklappt. Versuchen Sie es noch einmal.",
  logOut: "Abmelden",
  cancel: "Abbrechen",

  login: {
    lead: "Melden Sie sich an, um Ihre Anmeldungen zu sehen, das Passwort zu ändern oder einen zweiten Faktor einzurichten.",
    tenant: "Unternehmen",
    user: "Benutzer",
    password: "Passwort",
    code: "Code Ihres zweiten Faktors",
    codeHint: "Aus Ihrem Authenticator, oder ein Wiederherstellungscode.",
    submit: "Anmelden",
    provider: "Weiter mit dem Anbieter Ihrer Firma",
    wrong: "Unternehmen, Benutzer oder Passwort stimmt nicht.",
    wrongCode: "Dieser Code stimmt nicht oder wurde schon benutzt.",
    forgotten: "Passwort vergessen?",
    forgottenLead: "Wer hier eine Adresse hat, bekommt einen Link per E-Mail.",
    forgottenSubmit: "Link schicken",
    sent: "Wenn es diesen Benutzer mit einer Adresse gibt, ist ein Brief unterwegs.",
    back: "Zurück zur Anmeldung",
  },

  link: {
    invitation: "Willkommen",
    reset: "Ein neues Passwort",
    lead: (user, tenant) => `Benutzer ${user} von ${tenant}: Wählen Sie Ihr Passwort.`,
    gone: "Dieser Link gilt nicht mehr. Lassen Sie sich einen neuen geben.",
    submit: "Passwort setzen",
    done: "Das Passwort ist gesetzt. Melden Sie sich damit an.",
  },

  password: {
    title: "Passwort",
    old: "Ihr bisheriges Passwort",
    new: "Neues Passwort",
    hint: (least) => `Mindestens ${least} Zeichen, und keins, das zuerst probiert wird. Vier Wörter sind gut.`,
    submit: "Passwort ändern",
    done: "Das Passwort ist geändert. Alle anderen Anmeldungen sind beendet.",
  },

  factor: {
    title: "Zweiter Faktor",
    on: "An: Jede Anmeldung braucht einen Code aus Ihrem Authenticator.",
    off: "Aus. Mit ihm meldet sich niemand nur mit Ihrem Passwort an.",
    demanded: "Ihre Firma verlangt für Ihre Rolle einen zweiten Faktor. Richten Sie ihn ein, bevor es weitergeht.",
    left: (left) => `Noch ${left} Wiederherstellungs${left === 1 ? "code" : "codes"}.`,
    password: "Ihr Passwort",
    begin: "Einrichten",
    scan: "Lesen Sie dieses Bild mit Ihrem Authenticator, oder tippen Sie das Geheimnis ab. Beides wird nur jetzt gezeigt.",
    picture: "Ein Bild für Ihren Authenticator",
    secret: "Geheimnis",
    code: "Code",
    confirm: "Einschalten",
    codes: "Ihre Wiederherstellungscodes",
    codesLead: "Jeder ersetzt einmal einen Code, wenn das Gerät verloren ist. Verwahren Sie sie wie Papiere: Sie werden nicht noch einmal gezeigt.",
    kept: "Ich habe sie verwahrt",
    newCodes: "Andere Wiederherstellungscodes",
    end: "Ausschalten",
    toDesk: "Weiter",
  },

  logins: {
    title: "Wo Sie angemeldet sind",
    here: "hier",
    since: (at) => `seit ${at}`,
    used: (at) => `zuletzt benutzt ${at}`,
    end: "Beenden",
    endOthers: "Alle anderen beenden",
  },
};
