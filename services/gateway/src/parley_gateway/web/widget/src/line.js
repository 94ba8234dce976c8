/** The connection: open while there is a chat, and opened again after a loss, later each time. */
import { host } from "./snippet.js";

const WAIT_MIN = 500;
const WAIT_MAX = 10_000;
const BEAT = 20_000;
const PATIENCE = 10_000;

let wait = WAIT_MIN;
/** @type {WebSocket | null} */ let socket = null;
/** @type {number | undefined} */ let retry;
/** @type {number | undefined} */ let heart;
/** @type {number | undefined} */ let death;
/** @type {() => void} */ let up;
/** @type {(frame: any) => void} */ let receive;
/** @type {() => void} */ let down;
/** @type {() => number} */ let asked;
let before = 0;

/** Who is told that it stands, what comes, and that it is lost; and the number of the question that waits for an answer, or 0. @type {(stands: () => void, comes: (frame: any) => void, lost: () => void, waits: () => number) => void} */
export function listen(stands, comes, lost, waits) {
  up = stands;
  receive = comes;
  down = lost;
  asked = waits;
}

export function open() {
  if (socket) return;
  clearTimeout(retry);
  socket = new WebSocket(`ws${host.slice(4)}/v1/chat`);
  socket.onopen = () => {
    heart = setInterval(() => {
      const now = asked();
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
