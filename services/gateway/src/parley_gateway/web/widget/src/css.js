/** How it looks. The colours and the font are the page's to set (docs/widget.md); a test compares the usual ones with the administration's. */
export const css = `
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
