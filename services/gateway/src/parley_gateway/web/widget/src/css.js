/** How it looks. The colours and the font are the page's to set (docs/widget.md); a test compares the usual ones with the administration's. */
export const css = `
:host { all: initial !important; color-scheme: light dark !important;
  --a: var(--parley-accent, #0b6158); --on: var(--parley-on-accent, #fff); --s: var(--parley-surface, #fff); --t: var(--parley-text, #1b2329);
  --m: var(--parley-muted, #5b6670); --b: var(--parley-bubble, #eef1f0); --l: var(--parley-line, #dde2e1); --w: #8a5708; --e: #b3261e; }
@media (prefers-color-scheme: dark) { :host {
  --a: var(--parley-accent, #58b5a5); --on: var(--parley-on-accent, #06231e); --s: var(--parley-surface, #171d21); --t: var(--parley-text, #e8ecec);
  --m: var(--parley-muted, #9aa7ad); --b: var(--parley-bubble, #263036); --l: var(--parley-line, #303b41); --w: #e2b25c; --e: #f2857c; } }
@media print { :host { display: none !important; } }
* { box-sizing: border-box; margin: 0; font: inherit; color: inherit; }
[hidden] { display: none !important; }
:focus-visible, #stars label:has(:focus-visible) { outline: 2px solid; }
button, .text { border: 1px solid #0000; border-radius: 12px; }
button { cursor: pointer; background: none; outline-offset: -4px; }
#launcher, #panel { position: fixed; z-index: 2000000000; inset-inline-end: 20px; bottom: 20px; font: 15px/1.45 var(--parley-font, system-ui, sans-serif); color: var(--t); box-shadow: 0 8px 32px #0004; }
#launcher, #send, #again, .go { padding: 10px; background: var(--a); color: var(--on); }
#launcher { padding: 16px 14px; border-radius: 50%; }
#launcher::before { content: ""; display: block; width: 28px; height: 24px; border: 2px solid; border-radius: 9px 9px 9px 0; }
#badge { position: absolute; top: -4px; inset-inline-end: -4px; min-width: 20px; border-radius: 10px; background: var(--e); color: var(--s); font-size: 12px; line-height: 20px; }
#panel, #log, #stored, #pending { display: flex; flex-direction: column; }
#panel, #log { overflow-y: auto; overscroll-behavior: contain; }
@media (max-height: 400px) { #log { overscroll-behavior: auto; } }
#panel { --p: min(620px, var(--h, 100vh) - 40px); top: calc(var(--y, 0px) + var(--h, 100vh) - var(--p) - 20px); width: 384px; height: var(--p); background: var(--s); border: 1px solid var(--l); border-radius: 16px; outline: 0; }
#head { display: flex; align-items: center; gap: 6px; padding: 12px; border-bottom: 1px solid var(--l); }
#head div { flex: 1; min-width: 0; }
h2 { font-weight: 650; }
#status, #end, #close, .who, .notice, #typing, #count, #terms, time { font-size: 13px; color: var(--m); }
#status:is(.joined, .resumed) { color: var(--a); }
#status:is(.parked, .call, .lost) { color: var(--w); }
#close, #send { font-size: 22px; line-height: 1; }
#head button { padding: 7px; white-space: nowrap; }
#log { flex: 1 0 64px; padding: 12px; }
#log, #stored, #pending { gap: 6px; }
.message { max-width: 84%; align-self: flex-start; }
.visitor { align-self: flex-end; text-align: end; }
.who, time { padding: 4px; }
h2, .text, .who, .notice { overflow: clip; overflow-wrap: anywhere; }
.text { white-space: pre-wrap; text-align: start; padding: 7px 11px; background: var(--b); }
.visitor .text { background: var(--a); color: var(--on); }
#pending .text { background: none; color: var(--t); border: 1px dashed; }
.notice { align-self: center; padding: 6px 12px; text-align: center; }
#typing, #count { padding: 0 12px 8px; }
#count.over { color: var(--e); }
form { display: flex; flex-wrap: wrap; align-items: flex-end; gap: 6px; padding: 10px; border-top: 1px solid var(--l); }
#sender { display: contents; }
#terms { flex-basis: 100%; display: grid; gap: 6px; padding: 4px; }
#consent { display: flex; align-items: start; gap: 6px; white-space: pre-line; }
#stars { flex-basis: 100%; display: flex; align-items: center; }
#stars span { flex: 1; }
#stars label { position: relative; font-size: 30px; line-height: 1; }
#stars label::before { content: "☆"; }
#stars label:has(:checked, ~ label :checked)::before { content: "★"; color: var(--a); }
#stars input { position: absolute; inset: 0; opacity: 0; cursor: pointer; }
#stars:not(:has(:checked)) ~ * { display: none; }
input:not([type=checkbox]), textarea { flex: 1; min-width: 40%; padding: 8px 12px; border: 1px solid var(--l); border-radius: 12px; background: none; font-size: 16px; }
textarea { field-sizing: content; max-height: 130px; resize: none; }
::placeholder { color: var(--m); }
#send:disabled { opacity: .45; }
#again { margin: 10px; }
#form:not([hidden]) ~ #again { background: none; color: var(--m); }
@media (max-width: 480px) { #panel { inset: var(--y, 0) 0 auto; width: auto; height: var(--h, 100dvh); border: 0; border-radius: 0; } }`;
