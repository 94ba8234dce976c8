/** The connection: open while there is a chat, and opened again after a loss, later each time. */
import { down, receive, up } from "./hear.js";
import { host } from "./snippet.js";
import { waits } from "./talk.js";

const WAIT_MIN = 500;
const WAIT_MAX = 10_000;
const BEAT = 20_000;
const PATIENCE = 10_000;

let wait = WAIT_MIN;
/** @type {WebSocket | null} */ let socket = null;
/** @type {number | undefined} */ let retry;
/** @type {number | undefined} */ let heart;
/** @type {number | undefined} */ let death;
/** The question that waited for an answer at the last beat; 0: none did. */
let before = 0;

export function open() {
  if (socket) return;
  clearTimeout(retry);
  socket = new WebSocket(`ws${host.slice(4)}/v1/chat`);
  socket.onopen = () => {
    heart = setInterval(() => {
      const now = waits();
      if (now && now === before) return lost(); // it was not answered from one beat to the next: it got lost on its way
      before = now;
      send({ type: "ping" });
      clearTimeout(death);
      death = setTimeout(lost, PATIENCE);
    }, BEAT);
    up();
  };
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.type === "pong") clearTimeout(death);
    else receive(frame);
  };
  socket.onclose = lost;
}

/** @param {object} frame sent now or never */
export function send(frame) {
  if (socket?.readyState === 1) socket.send(JSON.stringify(frame));
}

/** It is cut, or of no use: tried again. */
export function lost() {
  close();
  retry = setTimeout(open, (wait * (1 + Math.random())) / 2);
  wait = Math.min(WAIT_MAX, wait * 2);
  down();
}

/** The server knows us: after a loss it is tried again at once. */
export const steady = () => void (wait = WAIT_MIN);

export function close() {
  [retry, death, heart].forEach(clearTimeout);
  if (!socket) return;
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.close();
  socket = null;
}
