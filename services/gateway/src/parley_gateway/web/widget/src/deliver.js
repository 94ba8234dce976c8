/** Takes what the visitor asks for to the server, one frame after the other. */
import { newId } from "./ask.js";
import { showStatus } from "./forms.js";
import { keepFrame, outbox } from "./keep.js";
import * as line from "./line.js";
import { endButton } from "./screen.js";
import * as talk from "./talk.js";

/** Sends the oldest frame; the next one follows its answer. */
export function flush() {
  const frame = talk.next(outbox());
  if (frame) line.send(frame);
}

/** Connects, where there is no connection, and sends what has its turn. */
export function deliver() {
  line.open();
  flush();
}

/** What is asked for after the end, one of a kind at a time. @param {Omit<import("./talk.js").Frame, "id">} frame */
export function askFor(frame) {
  if (!outbox().some(({ type }) => type === frame.type)) keepFrame({ ...frame, id: newId() });
  deliver();
  showStatus();
}

export function endChat() {
  endButton.hidden = true;
  keepFrame({ type: "end", id: newId() });
  flush();
}
