/* The Parley chat widget: <script async src="https://HOST/widget.js" data-token="TOKEN"></script>
 * Optional: data-lang ("de", "en"), data-name (the visitor's name), and the colours below as --parley-* properties.
 * It stores nothing and connects nowhere until the visitor opens it. */
(() => {
  "use strict";
  const script = document.currentScript;
  const token = script.dataset.token;
  const host = new URL(script.src).origin;
  if (!token || customElements.get("parley-chat")) return;

  const language = (script.dataset.lang || navigator.language || "en").slice(0, 2).toLowerCase();
  const TEXT_LIMIT = 4000; // code points
  const FRAME_LIMIT = 16384; // bytes
  const WAIT_MIN = 500;
  const WAIT_MAX = 10000;

  const t = language === "de"
    ? {
        lang: "de", open: "Chat öffnen", close: "Chat schließen", end: "Chat beenden", send: "Senden", again: "Neuen Chat beginnen", retry: "Erneut versuchen",
        write: "Ihre Nachricht", agent: "Ihr Gegenüber", greeting: "Guten Tag! Wie können wir helfen?",
        connecting: "Verbindung wird hergestellt …", lost: "Keine Verbindung. Wir versuchen es weiter.", waiting: "Sie sind in der Warteschleife.",
        position: (n, m) => `Platz ${n} in der Warteschleife` + (m ? `, noch etwa ${m}\u00a0Min.` : ""),
        joined: (n) => `${n} ist jetzt im Chat.`,
        parked: (n) => `${n} ist gleich zurück.`,
        call: (n) => `${n} nimmt einen Anruf entgegen und ist gleich zurück.`,
        resumed: (n) => `${n} ist wieder da.`,
        requeued: () => "Sie sind wieder in der Warteschleife. Gleich ist jemand für Sie da.",
        transferred: () => "Sie werden weitergeleitet.",
        typing: (n) => `${n} schreibt …`,
        ended: { visitor: "Sie haben den Chat beendet.", agent: "Der Chat wurde von unserer Seite beendet.", absence: "Der Chat endete, weil Sie nicht mehr da waren.", system: "Der Chat ist beendet." },
        closed: "Der Chat ist zurzeit geschlossen. Bitte kommen Sie während unserer Öffnungszeiten wieder.",
        queue_full: "Zurzeit warten zu viele. Bitte versuchen Sie es in einigen Minuten noch einmal.",
        no_agents: "Zurzeit ist niemand im Chat. Bitte versuchen Sie es später noch einmal.",
        unavailable: "Der Chat ist zurzeit nicht verfügbar. Bitte versuchen Sie es später noch einmal.",
        unknown_token: "Dieser Chat ist nicht richtig eingerichtet. Bitte melden Sie sich auf einem anderen Weg.",
        origin_not_allowed: "Dieser Chat ist auf dieser Seite nicht freigeschaltet. Bitte melden Sie sich auf einem anderen Weg.",
        failed: "Nicht gesendet.", long: "Die Nachricht ist zu lang.",
      }
    : {
        lang: "en", open: "Open chat", close: "Close chat", end: "End chat", send: "Send", again: "Start a new chat", retry: "Try again",
        write: "Your message", agent: "The agent", greeting: "Hello! How can we help?",
        connecting: "Connecting …", lost: "No connection. We keep trying.", waiting: "You are waiting in the queue.",
        position: (n, m) => `Number ${n} in the queue` + (m ? `, about ${m}\u00a0min.` : ""),
        joined: (n) => `${n} has joined the chat.`,
        parked: (n) => `${n} will be back in a moment.`,
        call: (n) => `${n} is taking a call and will be back in a moment.`,
        resumed: (n) => `${n} is back.`,
        requeued: () => "You are back in the queue. Someone will be with you soon.",
        transferred: () => "You are being passed on.",
        typing: (n) => `${n} is typing …`,
        ended: { visitor: "You ended the chat.", agent: "The agent ended the chat.", absence: "The chat ended because you were away.", system: "The chat has ended." },
        closed: "The chat is closed at the moment. Please come back during our opening hours.",
        queue_full: "Too many people are waiting at the moment. Please try again in a few minutes.",
        no_agents: "Nobody is in the chat at the moment. Please try again later.",
        unavailable: "The chat is not available at the moment. Please try again later.",
        unknown_token: "This chat is not set up correctly. Please reach us in another way.",
        origin_not_allowed: "This chat is not open to visitors of this page. Please reach us in another way.",
        failed: "Not sent.", long: "The message is too long.",
      };

  const css = `
:host { all: initial; color-scheme: light dark; --a: var(--parley-accent, #0b6158); --on: var(--parley-on-accent, #fff); --s: var(--parley-surface, #fff); --t: var(--parley-text, #1b2329);
  --m: var(--parley-muted, #5b6670); --b: var(--parley-bubble, #eef1f0); --l: var(--parley-line, #dde2e1); --w: #8a5708; --e: #b3261e; }
@media (prefers-color-scheme: dark) { :host { --a: var(--parley-accent, #58b5a5); --on: var(--parley-on-accent, #06231e); --s: var(--parley-surface, #171d21); --t: var(--parley-text, #e8ecec);
  --m: var(--parley-muted, #9aa7ad); --b: var(--parley-bubble, #263036); --l: var(--parley-line, #303b41); --w: #e2b25c; --e: #f2857c; } }
* { box-sizing: border-box; margin: 0; font: inherit; color: inherit; }
[hidden] { display: none !important; }
:focus-visible { outline: 2px solid var(--a); outline-offset: 2px; }
button { cursor: pointer; border: 0; border-radius: 12px; background: none; }
svg { display: block; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
#launcher, #panel { position: fixed; z-index: 2147483000; right: 20px; bottom: 20px; font: 15px/1.45 var(--parley-font, system-ui, sans-serif); color: var(--t); box-shadow: 0 8px 32px #0004; }
#launcher, #send, #again { padding: 11px; background: var(--a); color: var(--on); }
#launcher { padding: 15px; border-radius: 50%; }
#badge { position: absolute; top: -3px; right: -3px; min-width: 20px; border-radius: 10px; background: var(--e); color: var(--s); font-size: 12px; line-height: 20px; }
#panel { display: flex; flex-direction: column; width: 384px; height: min(620px, calc(100vh - 40px)); background: var(--s); border: 1px solid var(--l); border-radius: 16px; overflow: hidden; outline: 0; }
header { display: flex; align-items: center; gap: 4px; padding: 12px 10px 12px 18px; border-bottom: 1px solid var(--l); }
header div { flex: 1; }
h2 { font-size: 16px; font-weight: 650; }
#status, #end, #close, .who, .notice, #typing, #count { font-size: 13px; color: var(--m); }
#status { text-wrap: balance; }
#status:is(.joined, .resumed) { color: var(--a); }
#status:is(.parked, .call, .lost) { color: var(--w); }
header button { padding: 7px 9px; white-space: nowrap; }
header button:hover { background: var(--b); }
#log { flex: 1; overflow-y: auto; padding: 16px; display: flex; flex-direction: column; gap: 6px; }
#pending { display: contents; }
.message { max-width: 84%; align-self: flex-start; }
.visitor { align-self: flex-end; }
.who { padding: 6px 4px 2px; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; padding: 8px 13px; border-radius: 14px 14px 14px 4px; background: var(--b); }
.visitor .text { background: var(--a); color: var(--on); border-radius: 14px 14px 4px 14px; }
#pending .text { opacity: .6; }
.notice { align-self: center; padding: 5px 12px; text-align: center; }
#typing, #count { padding: 0 20px 8px; }
#count.over { color: var(--e); }
form { display: flex; align-items: flex-end; gap: 6px; padding: 10px; border-top: 1px solid var(--l); }
textarea { flex: 1; field-sizing: content; max-height: 130px; padding: 9px 12px; border: 1px solid var(--l); border-radius: 12px; resize: none; background: none; }
textarea:focus-visible { outline-offset: -1px; }
textarea::placeholder { color: var(--m); }
#send:disabled { opacity: .45; }
#again { margin: 10px; }
@media (max-width: 480px) { #panel { inset: 0; width: auto; height: 100dvh; border: 0; border-radius: 0; } textarea { font-size: 16px; } }`;

  // What survives a reload: { chat, secret, outbox: [frames not yet acknowledged], over: when it ended }.
  const KEY = `parley:${token}`;
  let spare = null; // in place of the storage, where the browser refuses it
  const safely = (use) => {
    try {
      return use();
    } catch {
      return null;
    }
  };
  const recall = () => spare || safely(() => JSON.parse(localStorage.getItem(KEY)));
  const keep = (kept) => (spare = safely(() => (localStorage.setItem(KEY, JSON.stringify(kept)), true)) ? null : kept);
  const change = (edit) => {
    const kept = recall() || { outbox: [] };
    edit(kept);
    keep(kept);
  };

  const newId = () =>
    crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

  /** An element with these properties or attributes; its `part` for outer styles is its id or class. */
  const el = (tag, props, ...children) => {
    const node = document.createElement(tag);
    for (const name in props) name in node ? (node[name] = props[name]) : node.setAttribute(name, props[name]);
    node.setAttribute("part", node.id || node.className);
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

  /** A socket that comes back by itself and notices when it is dead. */
  class Line {
    constructor(on) {
      this.on = on;
      this.wait = WAIT_MIN;
    }
    open() {
      if (this.socket) return;
      clearTimeout(this.timer);
      const socket = (this.socket = new WebSocket(host.replace(/^http/, "ws") + "/v1/chat"));
      socket.onopen = () => {
        this.heart = setInterval(() => this.beat(), 20000);
        this.on.up();
      };
      socket.onmessage = (message) => {
        const frame = JSON.parse(message.data);
        if (frame.type === "pong") clearTimeout(this.death);
        else this.on.frame(frame);
      };
      socket.onclose = () => this.lost();
    }
    beat() {
      this.send({ type: "ping" });
      clearTimeout(this.death);
      this.death = setTimeout(() => this.lost(), 10000);
    }
    send(frame) {
      if (this.socket && this.socket.readyState === 1) this.socket.send(JSON.stringify(frame));
    }
    lost() {
      this.close();
      this.timer = setTimeout(() => this.open(), this.wait * (0.5 + Math.random() / 2));
      this.wait = Math.min(WAIT_MAX, this.wait * 2);
      this.on.down();
    }
    close() {
      const socket = this.socket;
      this.socket = null;
      clearTimeout(this.timer);
      clearTimeout(this.death);
      clearInterval(this.heart);
      if (!socket) return;
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  class ParleyChat extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      this.lang = t.lang;
      this.line = new Line({ up: () => this.up(), down: () => this.down(), frame: (frame) => this.hear(frame) });
      this.build();
      this.reset();
      const kept = recall();
      if (kept && kept.chat && !kept.over) {
        if (safely(() => sessionStorage.getItem(KEY))) this.toggle(true, false);
        else this.mark("•");
      }
    }

    build() {
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets = [sheet];
      this.badge = el("span", { id: "badge", hidden: true });
      this.launcher = el("button", { id: "launcher", ariaLabel: t.open, onclick: () => this.toggle(true) },
        icon(28, "M4 5h16v11H11l-5 4v-4H4zM8 9.5h8M8 12.5h5"), this.badge);
      this.heading = el("h2", { id: "title", textContent: "Chat" });
      this.status = el("p", { id: "status", role: "status" });
      this.endButton = el("button", { id: "end", textContent: t.end, hidden: true, onclick: () => this.end() });
      const close = el("button", { id: "close", ariaLabel: t.close, onclick: () => this.toggle(false) }, icon(20, "M6 6l12 12M18 6L6 18"));
      this.pendings = el("div", { id: "pending" });
      this.log = el("div", { id: "log", role: "log", tabIndex: 0, ariaLabel: "Chat" }, this.pendings);
      this.typing = el("p", { id: "typing", hidden: true });
      this.input = el("textarea", { id: "input", rows: 2, placeholder: t.write, ariaLabel: t.write, dir: "auto", oninput: () => this.typed() });
      this.input.onkeydown = (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        this.say();
      };
      this.count = el("p", { id: "count", hidden: true });
      this.sendButton = el("button", { id: "send", ariaLabel: t.send }, icon(20, "M4 12l16-8-5 16-3.5-6.5z"));
      this.form = el("form", { onsubmit: (event) => (event.preventDefault(), this.say()) }, this.input, this.sendButton);
      this.again = el("button", { id: "again", textContent: t.again, hidden: true, onclick: () => this.renew() });
      this.panel = el("section", { id: "panel", role: "dialog", "aria-labelledby": "title", tabIndex: -1, hidden: true },
        el("header", {}, el("div", {}, this.heading, this.status), this.endButton, close),
        this.log, this.typing, this.form, this.count, this.again);
      this.panel.onkeydown = (event) => {
        if (event.key === "Escape") this.toggle(false);
      };
      root.append(this.launcher, this.panel);
    }

    reset() {
      this.line.close();
      this.last = 0; // seq of the last event seen
      this.chat = this.flying = this.resuming = null;
      this.ready = this.over = false;
      this.pending = new Map(); // command id -> { text, node, seq }
      this.unread = 0;
      this.lastFrom = null;
      this.state = [""];
      this.log.replaceChildren(this.pendings);
      this.pendings.replaceChildren();
      this.offer(true);
      this.typed();
    }

    toggle(open, focus = true) {
      this.panel.hidden = !open;
      this.launcher.hidden = open;
      safely(() => sessionStorage.setItem(KEY, open ? 1 : ""));
      if (open) this.mark((this.unread = 0));
      if (open && !this.opened) {
        this.opened = true;
        addEventListener("storage", (event) => event.key === KEY && this.otherTab());
        addEventListener("online", () => this.chat && !this.ready && (this.line.close(), this.line.open()));
        this.begin();
      }
      this.scroll(true);
      if (focus) (open ? (this.form.hidden ? this.again : this.input) : this.launcher).focus();
      if (open) this.read();
    }

    async begin() {
      const kept = recall();
      if (kept && kept.over < Date.now() - 600000) keep(null);
      const known = recall();
      if (known && (known.chat || known.outbox.length)) {
        this.chat = known.chat;
        for (const frame of known.outbox) this.pend(frame);
        this.offer(true);
        this.tell(t.connecting);
        this.line.open();
      } else this.tell(t.connecting);
      let service;
      try {
        const answer = await fetch(`${host}/v1/services/${encodeURIComponent(token)}`, { credentials: "omit" });
        service = await answer.json();
        if (!answer.ok) service = { available: false, reason: service.code };
      } catch {
        service = { available: false, reason: "unavailable" };
      }
      if (service.name) this.heading.textContent = service.name;
      if (this.chat || this.pending.size) return;
      if (service.available === false) return this.refuse(service.reason);
      this.tell("");
      this.draw("agent", service.greeting || t.greeting, "");
    }

    refuse(code) {
      this.tell("");
      this.notice(t[code] || t.unavailable);
      this.offer(false, t.retry);
    }

    renew() {
      keep(null);
      this.reset();
      this.begin();
      this.input.focus();
    }

    offer(form, label) {
      if (!form && this.shadowRoot.activeElement) this.panel.focus();
      this.form.hidden = !form;
      this.again.hidden = form;
      this.again.textContent = label || t.again;
      this.endButton.hidden = !form || !this.chat;
    }

    /** Another tab of the same visitor started a chat, or delivered what both had in hand. */
    otherTab() {
      const kept = recall();
      if (kept && kept.chat && kept.chat !== this.chat) {
        this.reset();
        this.begin();
      } else if (kept) {
        for (const [id, mine] of this.pending) if (id !== this.flying && !mine.failed && !kept.outbox.some((frame) => frame.id === id)) this.unpend(id);
      }
    }

    up() {
      const kept = recall();
      if (kept && kept.chat) {
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
      if (this.over) this.line.close();
      this.tell();
    }

    /** Send the oldest frame that is not acknowledged; the next one follows its answer, so order is kept. */
    flush() {
      const kept = recall();
      if (!this.ready || this.flying || !kept || !kept.outbox.length) return;
      this.flying = kept.outbox[0].id;
      this.line.send(kept.outbox[0]);
    }

    hear(frame) {
      if (frame.type === "ack" || frame.type === "error") this.answer(frame);
      else if (frame.type === "event") this.take(frame);
      else if (frame.type === "position" && !this.over) this.tell(t.position(frame.position, Math.ceil(frame.estimated_wait_s / 60)));
      else if (frame.type === "typing") this.agentTypes(frame.on);
    }

    answer(frame) {
      const good = frame.type === "ack";
      if (frame.id === this.resuming) {
        this.resuming = null;
        if (good) {
          this.line.wait = WAIT_MIN;
          this.ready = true;
          if (frame.stage === "waiting") this.state = [t.waiting];
          this.tell();
          this.flush();
        } else if (/unavailable|rate_limited/.test(frame.code)) this.line.lost();
        else this.gone();
      } else if (frame.id === this.flying) {
        this.flying = null;
        if (!good && /unavailable|rate_limited/.test(frame.code)) return void setTimeout(() => this.flush(), 2000);
        if (!good && !this.chat) return this.gone(frame.code);
        change((kept) => (kept.outbox = kept.outbox.filter((other) => other.id !== frame.id)));
        if (frame.secret) this.started(frame);
        else if (good) this.settle(frame.id, frame.seq);
        else this.fail(frame.id);
        this.flush();
      }
    }

    started(ack) {
      change((kept) => Object.assign(kept, { chat: ack.chat, secret: ack.secret }));
      this.chat = ack.chat;
      this.line.wait = WAIT_MIN;
      this.offer(true);
      if (!this.last) this.tell(t.waiting);
    }

    /** The chat was refused, or the server knows it no more: what was not sent goes back into the box. */
    gone(code) {
      const unsent = recall().outbox.map((frame) => frame.text);
      keep(null);
      this.reset();
      if (code) this.refuse(code);
      else this.begin();
      this.input.value = unsent.join("\n").trim();
      this.typed();
    }

    take(event) {
      if (event.seq <= this.last) return;
      if (event.seq > this.last + 1) return this.line.lost(); // a gap: resume after what we have
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
        change((kept) => (kept.over = kept.over || Date.now()));
        this.agentTypes(false);
        this.report(t.ended[event.by] || t.ended.system);
        this.offer(false);
        for (const id of [...this.pending.keys()]) if (id !== this.flying) this.fail(id);
        change((kept) => (kept.outbox = []));
      } else {
        const turn = event.reason || event.kind; // a pause is told by its reason
        if (typeof t[turn] === "function") this.report(t[turn](name), turn);
      }
    }

    /** Our own message came back: the optimistic one gives way to it. */
    match(event) {
      for (const [id, mine] of this.pending) {
        if (mine.seq === event.seq || (!mine.seq && mine.sent && mine.text === event.text)) return this.unpend(id);
      }
    }

    settle(id, seq) {
      const mine = this.pending.get(id);
      if (!mine) return;
      if (seq <= this.last) this.unpend(id);
      else mine.seq = seq;
    }

    say() {
      const text = this.input.value;
      if (!text.trim() || [...text].length > TEXT_LIMIT || this.over) return;
      const kept = recall();
      const known = kept && (kept.chat || kept.outbox.length);
      const frame = { type: "message", id: newId(), text };
      if (!known) Object.assign(frame, { type: "start", token, language, name: script.dataset.name, page: (location.origin + location.pathname).slice(0, 200) });
      if (new Blob([JSON.stringify(frame)]).size > FRAME_LIMIT) return this.notice(t.long);
      this.input.value = "";
      this.typed();
      change((all) => all.outbox.push(frame));
      this.pend(frame);
      if (!known) this.tell(t.connecting);
      this.line.open();
      this.flush();
    }

    end() {
      this.endButton.hidden = true;
      change((kept) => kept.outbox.push({ type: "end", id: newId() }));
      this.flush();
    }

    typed() {
      const { value } = this.input;
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

    /** The state of the chat; while there is no connection, that comes first. */
    tell(text, tone = "") {
      if (text !== undefined) this.state = [text, tone];
      const cut = this.chat && !this.ready && !this.over;
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
      this.pending.set(frame.id, { text: frame.text, node, sent: true });
      this.pendings.append(node);
      this.scroll(true);
    }

    unpend(id) {
      const mine = this.pending.get(id);
      if (mine) mine.node.remove();
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
      this.typing.textContent = t.typing(this.agent || t.agent);
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
  const place = () => document.body.append(document.createElement("parley-chat"));
  if (document.body) place();
  else addEventListener("DOMContentLoaded", place);
})();
