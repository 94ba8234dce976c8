/* <script async src="https://HOST/widget.js" data-token="TOKEN"></script>
 * Optional: data-lang, data-name, data-identity, and the colours below as --parley-* properties (docs/widget.md).
 * Stores and connects nothing until it is opened. On one page the first script counts. */
(() => {
  "use strict";
  const script = document.currentScript;
  const token = script.dataset.token;
  const host = new URL(script.src).origin;
  if (!token || customElements.get("parley-chat")) return;

  const language = (script.dataset.lang || navigator.language || "en").toLowerCase().split(/[^a-z]/)[0];
  const service = `/v1/services/${encodeURIComponent(token)}`;
  const TEXT_LIMIT = 4000;
  const FRAME_LIMIT = 16384;
  const WAIT_MIN = 500;

  // German and English; those of other languages come from `${host}/widget/${language}.json`.
  const texts = {
    open: ["Chat öffnen", "Open chat"],
    close: ["Chat schließen", "Close chat"],
    end: ["Chat beenden", "End chat"],
    send: ["Senden", "Send"],
    again: ["Neuen Chat beginnen", "Start a new chat"],
    retry: ["Erneut versuchen", "Try again"],
    write: ["Ihre Nachricht", "Your message"],
    name: ["Ihr Name", "Your name"],
    email: ["Ihre E-Mail-Adresse", "Your e-mail"],
    agent: ["Ihr Gegenüber", "The agent"],
    greeting: ["Wie können wir helfen?", "How can we help?"],
    privacy: ["Datenschutz", "Privacy"],
    agree: ["Bitte stimmen Sie zuerst zu.", "Please agree first."],
    connecting: ["Verbindung wird hergestellt …", "Connecting …"],
    lost: ["Keine Verbindung. Wir versuchen es weiter.", "No connection. We keep trying."],
    waiting: ["Sie sind in der Warteschleife.", "You are waiting in the queue."],
    position: ["Platz % in der Warteschleife, noch etwa %\u00a0Min.", "Number % in the queue, about %\u00a0min."],
    typing: ["% schreibt …", "% is typing …"],
    read: ["Gelesen", "Read"],
    turn_joined: ["% ist jetzt im Chat.", "% has joined the chat."],
    turn_parked: ["% ist gleich zurück.", "% will be back in a moment."],
    turn_call: ["% nimmt einen Anruf entgegen und ist gleich zurück.", "% is taking a call and will be back in a moment."],
    turn_resumed: ["% ist wieder da.", "% is back."],
    turn_requeued: ["Sie sind wieder in der Warteschleife.", "You are back in the queue."],
    turn_transferred: ["Sie werden weitergeleitet.", "You are being passed on."],
    end_visitor: ["Sie haben den Chat beendet.", "You ended the chat."],
    end_agent: ["Der Chat wurde von unserer Seite beendet.", "The agent ended the chat."],
    end_absence: ["Der Chat endete, weil Sie nicht mehr da waren.", "The chat ended because you were away."],
    end_system: ["Der Chat ist beendet.", "The chat has ended."],
    closed: ["Der Chat ist zurzeit geschlossen.", "The chat is closed at the moment."],
    queue_full: ["Zurzeit warten zu viele.", "Too many people are waiting at the moment."],
    no_agents: ["Zurzeit ist niemand im Chat.", "Nobody is in the chat at the moment."],
    unavailable: ["Der Chat ist zurzeit nicht verfügbar.", "The chat is not available at the moment."],
    unknown_token: ["Dieser Chat ist nicht richtig eingerichtet.", "This chat is not set up correctly."],
    origin_not_allowed: ["Dieser Chat ist hier nicht freigeschaltet. Bitte melden Sie sich auf anderem Weg.", "This chat is not open to visitors of this page. Please reach us in another way."],
    leave: ["Schreiben Sie uns:", "Leave us a message:"],
    thanks: ["Danke! Wir antworten per E-Mail.", "Thank you! We will reply by e-mail."],
    failed: ["Nicht gesendet.", "Not sent."],
    long: ["Die Nachricht ist zu lang.", "The message is too long."],
    rate: ["Wie war der Chat?", "How was the chat?"],
    stars: ["% von 5", "% of 5"],
    comment: ["Kommentar (freiwillig)", "Comment (optional)"],
    rated: ["Danke!", "Thank you!"],
    transcript: ["Verlauf zusenden", "Send transcript"],
    mailed: ["Der Verlauf ist unterwegs an %.", "The transcript is on its way to %."],
    no_mail: ["Der Verlauf kann zurzeit nicht gesendet werden.", "The transcript cannot be sent at the moment."],
  };
  const foreign = language !== "de";
  const local = foreign ? "en" : "de";
  const t = {};
  for (const key in texts) t[key] = texts[key][+foreign];
  const fill = (text, value) => text.replace("%", () => value);

  const css = `
:host { all: initial !important; color-scheme: light dark !important; --a: var(--parley-accent, light-dark(#0b6158, #58b5a5)); --on: var(--parley-on-accent, light-dark(#fff, #06231e));
  --s: var(--parley-surface, light-dark(#fff, #171d21)); --t: var(--parley-text, light-dark(#1b2329, #e8ecec)); --m: var(--parley-muted, light-dark(#5b6670, #9aa7ad));
  --b: var(--parley-bubble, light-dark(#eef1f0, #263036)); --l: var(--parley-line, light-dark(#dde2e1, #303b41)); --w: light-dark(#8a5708, #e2b25c); --e: light-dark(#b3261e, #f2857c); }
* { box-sizing: border-box; margin: 0; font: inherit; color: inherit; }
[hidden] { display: none !important; }
:focus-visible, #stars label:has(:focus-visible) { outline: 2px solid var(--a); }
button { cursor: pointer; border: 0; border-radius: 12px; background: none; outline-offset: 2px; }
svg { display: block; fill: var(--f, none); stroke: currentColor; stroke-width: 2; stroke-linecap: round; }
#launcher, #panel { position: fixed; z-index: 2147483000; inset-inline-end: 20px; bottom: 20px; font: 15px/1.45 var(--parley-font, system-ui, sans-serif); color: var(--t); box-shadow: 0 8px 32px #0004; }
#launcher, #send, #again, .go { padding: 11px; background: var(--a); color: var(--on); }
#launcher { padding: 15px; border-radius: 50%; }
#badge { position: absolute; top: -3px; inset-inline-end: -3px; min-width: 20px; border-radius: 10px; background: var(--e); color: var(--s); font-size: 12px; line-height: 20px; }
#panel { display: flex; flex-direction: column; width: 384px; height: min(620px, 100vh - 40px); background: var(--s); border: 1px solid var(--l); border-radius: 16px; overflow: hidden; outline: 0; }
#head { display: flex; align-items: center; gap: 6px; padding: 12px; border-bottom: 1px solid var(--l); }
#head div { flex: 1; min-width: 0; }
h2 { font-size: 16px; font-weight: 650; }
#status, #end, #close, .who, .notice, #typing, #count, #terms { font-size: 13px; color: var(--m); }
#status:is(.joined, .resumed) { color: var(--a); }
#status:is(.parked, .call, .lost) { color: var(--w); }
#head button { padding: 8px; white-space: nowrap; }
#head button:hover { background: var(--b); }
#log { flex: 1; overflow-y: auto; padding: 12px; display: flex; flex-direction: column; gap: 6px; }
#pending { display: contents; }
.message { max-width: 84%; align-self: flex-start; }
.visitor { align-self: flex-end; }
.who { padding: 4px; }
h2, .text, .who, .notice { overflow: clip; overflow-wrap: anywhere; }
.text { white-space: pre-wrap; padding: 8px 12px; border-radius: 14px; border-end-start-radius: 4px; background: var(--b); }
.visitor .text { background: var(--a); color: var(--on); border-radius: 14px; border-end-end-radius: 4px; }
#read { text-align: end; }
#pending .text { background: none; color: var(--t); outline: 1px dashed; }
.notice { align-self: center; padding: 6px 12px; text-align: center; }
#typing, #count { padding: 0 12px 8px; }
#count.over { color: var(--e); }
form { display: flex; flex-wrap: wrap; align-items: flex-end; gap: 6px; padding: 10px; border-top: 1px solid var(--l); }
#sender { display: contents; }
#terms { flex-basis: 100%; max-height: 25vh; overflow-y: auto; display: grid; gap: 6px; padding: 4px; }
#consent { display: flex; align-items: start; gap: 6px; white-space: pre-line; }
#stars { flex-basis: 100%; display: flex; align-items: center; }
#stars span { flex: 1; }
#stars label { position: relative; color: var(--m); }
#stars :is(label:has(:checked), label:has(~ label :checked)) { color: var(--a); --f: currentColor; }
#stars input { position: absolute; width: 28px; height: 28px; opacity: 0; cursor: pointer; }
#stars:not(:has(:checked)) ~ * { display: none; }
:host([dir=rtl]) #send svg { scale: -1 1; }
input:not([type=checkbox]), textarea { flex: 1; min-width: 40%; padding: 8px 12px; border: 1px solid var(--l); border-radius: 12px; background: none; }
textarea { field-sizing: content; max-height: 130px; resize: none; }
::placeholder { color: var(--m); }
#send:disabled { opacity: .45; }
#again { margin: 10px; }
#form:not([hidden]) ~ #again { background: none; color: var(--m); }
@media (max-width: 480px) { #panel { inset: 0; width: auto; height: 100dvh; border: 0; border-radius: 0; } input, textarea { font-size: 16px; } }`;

  // What survives a reload: { chat, secret, previous, over }, and each frame without an answer under a key of its own, for in
  // a list tabs that write at once would overwrite each other's.
  const KEY = `parley:${token}`;
  const FRAMES = KEY + " ";
  const spare = {}; // where there is no storage
  const safely = (use) => {
    try {
      return use();
    } catch {
      return null;
    }
  };
  const take = (key) => JSON.parse(spare[key] || safely(() => localStorage[key]) || null);
  const put = (key, value) => {
    delete spare[key];
    const text = JSON.stringify(value);
    if (!safely(() => (text ? localStorage.setItem(key, text) : localStorage.removeItem(key), true)) && text) spare[key] = text;
  };
  const recall = () => take(KEY) || {};
  const outbox = () => Object.keys({ ...safely(() => localStorage), ...spare }).filter((key) => key.startsWith(FRAMES)).sort().map(take);
  const post = (frame) => put(FRAMES + frame.id, frame);
  const drop = ({ id }) => put(FRAMES + id);
  const forget = () => {
    put(KEY, { previous: recall().previous });
    outbox().map(drop);
  };
  const begun = () => recall().chat || outbox().length;
  const change = (more) => put(KEY, { ...recall(), ...more });

  const ask = (path, more) => fetch(host + path, { credentials: "omit", ...more }).then(async (answer) => [answer.ok, await answer.json()]).catch(() => [0, {}]);
  let ids = 1e6;
  /** Later ones sort after earlier ones, and none can be guessed. */
  const newId = () => `${Date.now()}-${ids++}-${crypto.getRandomValues(new BigUint64Array(2)).join("-")}`;

  /** An element with these properties; its `part` is its id or class. */
  const el = (tag, props, ...children) => {
    const node = document.createElement(tag);
    for (const name in props) name in node ? (node[name] = props[name]) : node.setAttribute(name, props[name]);
    node.setAttribute("part", node.id || node.className);
    if (node.placeholder) node.ariaLabel = node.placeholder;
    node.append(...children);
    return node;
  };
  const icon = (size, path) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("width", size);
    svg.setAttribute("aria-hidden", "true");
    svg.append(document.createElementNS(svg.namespaceURI, "path"));
    svg.firstChild.setAttribute("d", path);
    return svg;
  };

  class Line {
    constructor(on) {
      this.on = on;
      this.wait = WAIT_MIN;
    }
    open() {
      if (this.socket) return;
      clearTimeout(this.timer);
      const socket = (this.socket = new WebSocket(`ws${host.slice(4)}/v1/chat`));
      socket.onopen = () => {
        this.heart = setInterval(() => {
          this.send({ type: "ping" });
          clearTimeout(this.death);
          this.death = setTimeout(() => this.lost(), 10000);
        }, 20000);
        this.on.up();
      };
      socket.onmessage = (message) => {
        const frame = JSON.parse(message.data);
        if (frame.type === "pong") clearTimeout(this.death);
        else this.on.hear(frame);
      };
      socket.onclose = () => this.lost();
    }
    send(frame) {
      if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(frame));
    }
    lost() {
      this.close();
      this.timer = setTimeout(() => this.open(), this.wait * (1 + Math.random()) / 2);
      this.wait = Math.min(10000, this.wait * 2);
      this.on.down();
    }
    close() {
      const { socket } = this;
      this.socket = null;
      for (const timer of [this.timer, this.death, this.heart]) clearTimeout(timer);
      if (!socket) return;
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  class ParleyChat extends HTMLElement {
    connectedCallback() {
      if (this !== chat) return this.remove(); // a page that copies its nodes
      if (this.shadowRoot) return this.panel && this.scroll(true);
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets = [sheet];
      this.lang = local;
      this.dir = /^(ar|fa|he|ur)$/.test(language) ? "rtl" : "ltr";
      this.badge = el("span", { id: "badge", hidden: true });
      this.launcher = el("button", { id: "launcher", ariaLabel: t.open, onclick: () => this.toggle(true) },
        icon(28, "M4 5h16v11H11l-5 4v-4H4zM8 9.5h8M8 12.5h5"), this.badge);
      root.append(this.launcher);
      const kept = recall();
      if (kept.chat && !kept.over) {
        if (safely(() => sessionStorage.getItem(KEY))) this.toggle(true, false);
        else this.mark("•");
      }
    }

    /** A page that renews its content takes the chat away: it comes back. */
    disconnectedCallback() {
      setTimeout(place);
    }

    /** The texts of another language; English where there are none. */
    async translate() {
      const [ok, found] = await ask(`/widget/${language}.json`);
      if (ok) this.lang = language;
      else this.dir = "ltr";
      this.launcher.ariaLabel = Object.assign(t, found).open;
    }

    build() {
      this.line = new Line(this);
      this.service = {};
      this.heading = el("h2", { id: "title", textContent: "Chat" });
      this.status = el("p", { id: "status", role: "status" });
      this.endButton = el("button", { id: "end", textContent: t.end, hidden: true, onclick: () => this.end() });
      const close = el("button", { id: "close", ariaLabel: t.close, onclick: () => this.toggle(false) }, icon(20, "M6 6l12 12M18 6L6 18"));
      this.pendings = el("div", { id: "pending" });
      this.log = el("div", { id: "log", role: "log", tabIndex: 0, ariaLabel: "Chat" }, this.pendings);
      this.readMark = el("p", { id: "read", className: "who", textContent: t.read });
      this.typing = el("p", { id: "typing", hidden: true });
      this.input = el("textarea", { id: "input", rows: 2, placeholder: t.write, dir: "auto", onkeydown: (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing || this.leaving) return;
        event.preventDefault();
        this.form.requestSubmit();
      } });
      this.count = el("p", { id: "count", hidden: true });
      this.sendButton = el("button", { id: "send", ariaLabel: t.send }, icon(20, "M4 12l16-8-5 16-3.5-6.5z"));
      const field = (id, more) => el("input", { id, autocomplete: id, placeholder: t[id], ...more });
      const email = { type: "email", required: true };
      this.name = field("name", { value: script.dataset.name || "" });
      this.email = field("email", email);
      this.sender = el("fieldset", { id: "sender" }, this.name, this.email);
      this.agree = el("input", { id: "agree", type: "checkbox", oninvalid: (event) => {
        event.preventDefault();
        this.notice(t.agree);
        this.agree.focus();
      } });
      this.consent = el("span", { dir: "auto" });
      this.privacy = el("a", { id: "privacy", target: "_blank", rel: "noopener noreferrer", textContent: t.privacy });
      this.terms = el("div", { id: "terms" }, el("label", { id: "consent" }, this.agree, this.consent), this.privacy);
      const form = (id, submit, ...children) => el("form", { id, onsubmit: (event) => (event.preventDefault(), submit()) }, ...children);
      this.form = form("form", () => this.say(), this.sender, this.terms, this.input, this.sendButton);
      this.form.oninput = () => this.typed();
      const star = (value) => el("label", {}, el("input", { type: "radio", name: "score", value, ariaLabel: fill(t.stars, value) }),
        icon(28, "M12 3l3 6 6 1-5 4 2 7-6-4-6 4 2-7-5-4 6-1z"));
      const stars = el("div", { id: "stars", role: "radiogroup", ariaLabel: t.rate }, el("span", { textContent: t.rate }), ...[1, 2, 3, 4, 5].map(star));
      const comment = el("textarea", { id: "comment", rows: 2, maxLength: 1000, placeholder: t.comment, dir: "auto" });
      const to = field("email", { ...email, id: "to" });
      const go = (textContent) => el("button", { className: "go", textContent });
      this.rate = form("rate", () => this.wish({ type: "rate", score: +stars.querySelector(":checked").value, comment: comment.value }), stars, comment, go(t.send));
      this.transcript = form("transcript", () => this.wish({ type: "transcript", to: to.value, language: local }), to, go(t.transcript));
      this.rate.oninput = () => this.scroll(true);
      this.again = el("button", { id: "again", textContent: t.again, hidden: true, onclick: () => this.renew() });
      this.panel = el("section", { id: "panel", role: "dialog", "aria-labelledby": "title", tabIndex: -1, hidden: true, onkeydown: (event) => {
        if (event.key === "Escape") this.toggle(false);
      } },
        el("div", { id: "head" }, el("div", {}, this.heading, this.status), this.endButton, close),
        this.log, this.typing, this.form, this.count, this.rate, this.transcript, this.again);
      this.shadowRoot.append(this.panel);
      this.reset();
    }

    reset() {
      this.line.close();
      this.last = 0; // the last seq seen
      this.chat = this.agent = this.flying = this.resuming = null;
      this.ready = this.over = false;
      this.pending = new Map(); // command id -> { text, node, seq }
      this.unread = 0;
      this.state = [""];
      this.log.replaceChildren(this.pendings);
      this.pendings.replaceChildren();
      this.agree.checked = false;
      this.rate.reset();
      this.offer(true);
      this.typed();
    }

    async toggle(open, focus = true) {
      if (!this.panel) {
        if (this.loading) return;
        this.loading = true;
        if (language !== local) await this.translate();
        this.build();
      }
      this.panel.hidden = !open;
      this.launcher.hidden = open;
      safely(() => sessionStorage.setItem(KEY, open ? 1 : ""));
      if (open) this.mark((this.unread = 0));
      if (open && !this.opened) {
        this.opened = true;
        addEventListener("storage", ({ key }) => key?.startsWith(KEY) && this.otherTab());
        addEventListener("online", () => this.chat && !this.ready && (this.line.close(), this.line.open()));
        this.begin();
      }
      this.scroll(true);
      if (focus) (open ? (this.form.hidden ? this.again : this.input) : this.launcher).focus();
      if (open) this.read();
    }

    async begin() {
      if (recall().over < Date.now() - 600000) forget();
      if (begun()) {
        this.chat = recall().chat;
        for (const frame of outbox()) this.pend(frame);
        this.offer(true);
        this.line.open();
      }
      this.tell(t.connecting);
      this.asking = ask(service);
      const found = (this.service = (await this.asking)[1]);
      if (found.name) this.heading.textContent = found.name;
      if (this.chat || this.pending.size) return;
      if (!found.available) return this.refuse(found.reason || found.code, found.leave_message);
      this.offer(true);
      this.tell("");
      this.draw("agent", found.greeting || t.greeting, "");
    }

    refuse(code, leave) {
      this.tell("");
      this.notice((t[code] || t.unavailable) + (leave ? ` ${t.leave}` : ""));
      this.offer(leave, t.retry, leave);
    }

    async leave(text) {
      this.letter ||= newId();
      const body = JSON.stringify({ id: this.letter, text, language, email: this.email.value, name: this.name.value, consent: this.service.consent });
      const [ok] = await ask(`${service}/messages`, { method: "POST", body });
      if (!ok) return this.notice(`${t.failed} ${t.retry}.`);
      this.input.value = "";
      this.notice(t.thanks);
      this.offer(false);
    }

    renew() {
      forget();
      this.reset();
      this.begin();
      this.input.focus();
    }

    offer(form, label, leaving) {
      if (!form && this.shadowRoot.activeElement) this.panel.focus();
      this.form.hidden = !form;
      this.rate.hidden = this.transcript.hidden = !this.over || !this.agent;
      const { consent, privacy_url } = this.service;
      const link = /^https?:/i.test(privacy_url);
      this.terms.hidden = this.agree.disabled = begun() || !(consent || link);
      this.agree.required = consent;
      this.agree.parentNode.hidden = !consent;
      this.consent.textContent = consent;
      this.privacy.hidden = !link;
      if (link) this.privacy.href = privacy_url;
      this.leaving = leaving;
      this.sender.hidden = this.sender.disabled = !leaving;
      this.again.hidden = form && !label;
      this.again.textContent = label || t.again;
      this.endButton.hidden = !form || !this.chat;
      this.scroll(true);
    }

    /** Another tab started a chat, or delivered what both had. */
    otherTab() {
      const kept = recall();
      if (kept.chat && kept.chat !== this.chat) {
        this.reset();
        return this.begin();
      }
      const left = outbox();
      for (const [id, mine] of this.pending) if (id !== this.flying && !mine.failed && !left.some((frame) => frame.id === id)) this.unpend(id);
    }

    up() {
      const kept = recall();
      if (kept.chat) {
        this.resuming = newId();
        this.line.send({ type: "resume", id: this.resuming, chat: kept.chat, secret: kept.secret, after: this.last });
      } else {
        this.ready = true;
        this.flush();
      }
    }

    down() {
      this.ready = false;
      this.flying = this.resuming = null;
      this.typing.hidden = true;
      if (this.over && !outbox().length) this.line.close();
      this.tell();
    }

    /** Send the oldest frame; the next one follows its answer, so order is kept. */
    flush() {
      const [first] = outbox();
      if (!this.ready || this.flying || !first) return;
      this.flying = first.id;
      if (this.chat && first.type === "start") first.type = "message"; // another tab was first
      this.line.send(first);
    }

    hear(frame) {
      if (frame.type === "ack" || frame.type === "error") this.answer(frame);
      else if (frame.type === "event") this.take(frame);
      else if (frame.type === "position" && !this.over) this.tell(fill(fill(t.position, frame.position), Math.ceil(frame.estimated_wait_s / 60)));
      else if (frame.type === "typing") this.agentTypes(frame.on);
      else if (frame.type === "read") this.isRead(frame.seq);
    }

    answer(frame) {
      const good = frame.type === "ack";
      const later = /unavailable|rate_limited/.test(frame.code);
      if (frame.id === this.resuming) {
        this.resuming = null;
        if (good) {
          this.line.wait = WAIT_MIN;
          this.ready = true;
          if (frame.stage === "waiting") this.state = [t.waiting];
          this.tell();
          this.flush();
        } else if (later) this.line.lost();
        else this.gone({});
      } else if (frame.id === this.flying) {
        this.flying = null;
        const sent = outbox().find((other) => other.id === frame.id);
        if (later && !sent?.to) return setTimeout(() => this.flush(), 2000);
        if (frame.code === "unauthorized" && (this.guest = !this.guest)) {
          post({ ...sent, previous: undefined, identity: undefined });
          return this.flush();
        }
        if (!good && !this.chat) return this.gone(frame);
        drop(frame);
        if (frame.secret) this.started(frame);
        else if (sent?.to || sent?.score) this.granted(sent, frame);
        else if (good) this.settle(frame.id, frame.seq);
        else this.fail(frame.id);
        this.flush();
      }
    }

    started({ chat, secret }) {
      change({ chat, secret, previous: { chat, secret } });
      this.chat = chat;
      this.line.wait = WAIT_MIN;
      this.offer(true);
      if (!this.last) this.tell(t.waiting);
    }

    /** Refused, or not known any more: what was not sent goes back into the box. */
    gone({ code, leave_message }) {
      const unsent = outbox().map((frame) => frame.text);
      forget();
      this.reset();
      if (code) this.refuse(code, leave_message);
      else this.begin();
      this.input.value = unsent.join("\n").trim();
      this.typed();
    }

    take(event) {
      if (event.seq <= this.last) return;
      if (event.seq > this.last + 1) return this.line.lost();
      this.last = event.seq;
      if (event.name && event.from !== "visitor") this.agent = event.name;
      const name = event.name || this.agent || t.agent;
      if (event.kind === "message") {
        if (event.from === "visitor") this.match(event);
        else this.agentTypes(false);
        if (event.from === "system") this.notice(event.text);
        else this.draw(event.from, event.text, name, event.seq);
        if (event.from === "agent" && this.panel.hidden) this.mark(++this.unread);
        this.read();
      } else if (event.kind === "ended") {
        this.over = true;
        change({ over: recall().over || Date.now() });
        this.agentTypes(false);
        this.report(t["end_" + event.by] || t.end_system);
        this.offer(false);
        for (const id of this.pending.keys()) if (id !== this.flying) this.fail(id);
        for (const frame of outbox()) frame.to || frame.score || drop(frame);
      } else {
        const turn = event.reason || event.kind; // a pause is told by its reason
        if (t["turn_" + turn]) this.report(fill(t["turn_" + turn], name), turn);
      }
    }

    match(event) {
      for (const [id, mine] of this.pending) {
        if (mine.seq === event.seq || (!mine.seq && mine.text === event.text)) return this.unpend(id);
      }
    }

    settle(id, seq) {
      const mine = this.pending.get(id);
      if (!mine) return;
      if (seq <= this.last) this.unpend(id);
      else mine.seq = seq;
    }

    async say() {
      const text = this.input.value;
      if (!text.trim() || [...text].length > TEXT_LIMIT || this.over) return;
      if (this.leaving) return this.leave(text);
      this.input.value = "";
      this.typed();
      if (!begun()) {
        await this.asking; // it may ask for consent, or be closed
        if (this.form.hidden || !this.form.checkValidity()) {
          this.input.value += (this.input.value && "\n") + text;
          return this.typed();
        }
      }
      const known = begun();
      const frame = { type: "message", id: newId(), text };
      if (!known) Object.assign(frame, { type: "start", token, language, name: script.dataset.name, identity: script.dataset.identity, consent: this.service.consent, previous: recall().previous, page: (location.origin + location.pathname).slice(0, 200) });
      if (new Blob([JSON.stringify(frame)]).size > FRAME_LIMIT) {
        this.input.value = text;
        return this.notice(t.long);
      }
      post(frame);
      this.pend(frame);
      if (!known) this.tell(t.connecting);
      this.line.open();
      this.flush();
    }

    /** What is asked for after the end, one of a kind at a time. */
    wish(frame) {
      if (!outbox().some((other) => other.type === frame.type)) post({ ...frame, id: newId() });
      this.line.open();
      this.flush();
      this.tell();
    }

    granted({ type, to }, { code }) {
      if (code) return this.notice(to && code === "unavailable" ? t.no_mail : `${t.failed} ${t.retry}.`);
      this.panel.focus();
      this[type].hidden = true;
      this.notice(to ? fill(t.mailed, to) : t.rated);
    }

    end() {
      this.endButton.hidden = true;
      post({ type: "end", id: newId() });
      this.flush();
    }

    typed() {
      const { value } = this.input;
      this.letter = 0;
      const length = [...value].length;
      this.count.hidden = length < TEXT_LIMIT * 0.9;
      this.count.textContent = `${length} / ${TEXT_LIMIT}`;
      this.count.classList.toggle("over", length > TEXT_LIMIT);
      this.sendButton.disabled = !value.trim() || length > TEXT_LIMIT;
      if (!this.chat || !this.ready || this.over) return;
      clearTimeout(this.quiet);
      const stop = () => {
        if (this.signalled) this.line.send({ type: "typing", on: false });
        this.signalled = 0;
      };
      if (!value) return stop();
      this.quiet = setTimeout(stop, 5000);
      if (this.signalled > Date.now() - 3000) return;
      this.signalled = Date.now();
      this.line.send({ type: "typing", on: true });
    }

    read() {
      clearTimeout(this.reading);
      this.reading = setTimeout(() => {
        if (this.ready && this.last && !this.panel.hidden && !document.hidden) this.line.send({ type: "read", seq: this.last });
      }, 300);
    }

    tell(text, tone = "") {
      if (text !== undefined) this.state = [text, tone];
      const cut = this.chat && !this.ready && (!this.over || outbox().length);
      this.status.textContent = cut ? (this.last ? t.lost : t.connecting) : this.state[0];
      this.status.className = cut ? "lost" : this.state[1] || "";
    }

    report(text, tone) {
      this.notice(text);
      this.tell(text, tone);
    }

    notice(text) {
      this.lastFrom = null;
      this.add(el("p", { className: "notice", textContent: text }));
    }

    draw(from, text, name, seq) {
      const node = this.message(from, text);
      if (seq) node.dataset.seq = seq;
      if (name && from === "agent" && this.lastFrom !== name) node.prepend(el("p", { className: "who", dir: "auto", textContent: name }));
      this.lastFrom = from === "agent" ? name : from;
      this.add(node);
    }

    /** Told of the visitor's last message that the agent has seen. */
    isRead(seq) {
      for (const node of this.log.querySelectorAll(".visitor")) if (node.dataset.seq <= seq) node.append(this.readMark);
    }

    message(from, text) {
      return el("div", { className: `message ${from}` }, el("div", { className: "text", dir: "auto", textContent: text }));
    }

    add(node) {
      this.log.insertBefore(node, this.pendings);
      this.scroll();
    }

    pend(frame) {
      if (!frame.text || this.pending.has(frame.id)) return;
      const node = this.message("visitor", frame.text);
      this.pending.set(frame.id, { text: frame.text, node });
      this.pendings.append(node);
      this.scroll(true);
    }

    unpend(id) {
      this.pending.get(id)?.node.remove();
      this.pending.delete(id);
    }

    fail(id) {
      const mine = this.pending.get(id);
      if (!mine || mine.failed) return;
      mine.failed = true;
      mine.node.append(el("p", { className: "who", textContent: t.failed }));
    }

    agentTypes(on) {
      clearTimeout(this.typingEnd);
      this.typing.hidden = !on;
      this.typing.textContent = fill(t.typing, this.agent || t.agent);
      if (on) this.typingEnd = setTimeout(() => (this.typing.hidden = true), 8000);
    }

    mark(sign) {
      this.badge.textContent = sign;
      this.badge.hidden = !sign;
    }

    scroll(always) {
      const { log } = this;
      if (always || log.scrollHeight - log.scrollTop - log.clientHeight < 400) log.scrollTop = log.scrollHeight;
    }
  }

  customElements.define("parley-chat", ParleyChat);
  const chat = document.createElement("parley-chat");
  const place = () => chat.isConnected || document.body?.append(chat);
  addEventListener("DOMContentLoaded", place);
  place();
})();
