/** What the page says in English. */
export const texts = {
  title: "Your account",
  loading: "Loading …",
  language: "Language",
  unreachable: "The server cannot be reached. Try again in a moment.",
  failed: "That did not work. Try again.",
  logOut: "Log out",
  cancel: "Cancel",

  login: {
    lead: "Log in to see your logins, change your password or set up a second factor.",
    tenant: "Company",
    user: "User",
    password: "Password",
    code: "Code of your second factor",
    codeHint: "From your authenticator, or a recovery code.",
    submit: "Log in",
    provider: "Continue with your company’s provider",
    wrong: "Company, user or password is wrong.",
    wrongCode: "This code is wrong, or was used before.",
    forgotten: "Password forgotten?",
    forgottenLead: "Whoever has an address here gets a link by e-mail.",
    forgottenSubmit: "Send a link",
    sent: "If there is such a user with an address, a letter is on its way.",
    back: "Back to the login",
  },

  link: {
    invitation: "Welcome",
    reset: "Another password",
    /** @param {string} user @param {string} tenant */
    lead: (user, tenant) => `User ${user} of ${tenant}: choose your password.`,
    gone: "This link is not valid any more. Ask for another one.",
    submit: "Set the password",
    done: "The password is set. Log in with it.",
  },

  password: {
    title: "Password",
    old: "Your password until now",
    new: "New password",
    /** @param {number} least */
    hint: (least) => `${least} characters or more, and none that are tried first. Four words are a good one.`,
    submit: "Change the password",
    done: "The password is changed. All your other logins have ended.",
  },

  factor: {
    title: "Second factor",
    on: "On: each login needs a code of your authenticator.",
    off: "Off. With it nobody logs in with your password alone.",
    demanded: "Your company demands a second factor of your role. Set it up before you go on.",
    /** @param {number} left */
    left: (left) => `${left} recovery ${left === 1 ? "code is" : "codes are"} left.`,
    password: "Your password",
    begin: "Set it up",
    scan: "Read this picture with your authenticator, or type the secret. Both are shown this once.",
    picture: "A picture for your authenticator",
    secret: "Secret",
    code: "Code",
    confirm: "Switch it on",
    codes: "Your recovery codes",
    codesLead: "Each takes the place of a code once, when you have lost the device. Keep them where you keep papers: they are not shown again.",
    kept: "I have kept them",
    newCodes: "Other recovery codes",
    end: "Switch it off",
    toDesk: "Go on",
  },

  logins: {
    title: "Where you are logged in",
    here: "here",
    /** @param {string} at */
    since: (at) => `since ${at}`,
    /** @param {string} at */
    used: (at) => `last used ${at}`,
    end: "End",
    endOthers: "End all others",
  },
};
