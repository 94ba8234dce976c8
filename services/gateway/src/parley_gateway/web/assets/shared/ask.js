/** What is asked of the server. */

/** The server's refusal, with its sentence; `field` where the sentence is about one, `factor` where it is about the second factor. */
export class Refusal extends Error {
  /** @param {{ status: number, code?: string, message?: string, factor?: string }} what */
  constructor({ status, code = "unavailable", message = "", factor = "" }) {
    super(message);
    const [, field, sentence] = (code === "bad_request" && message.match(/^([a-z_]+(?:\.[^\s:]+)*): (.*)$/s)) || [];
    this.status = status;
    this.code = code;
    this.factor = factor;
    this.field = field ?? "";
    this.sentence = sentence ?? message;
  }
}

const tags = new WeakMap();

/**
 * @param {"GET" | "PUT" | "DELETE" | "POST"} method
 * @param {string} path
 * @param {object} [body]
 * @param {object} [madeOf]  an earlier answer: what is stored must still be that, else it is refused
 * @returns {Promise<any>} the answer's JSON, null where there is none
 * @throws {Refusal} with status 0 where there was no answer
 */
export async function ask(method, path, body, madeOf) {
  const tag = madeOf && tags.get(madeOf);
  const answer = await fetch(path, {
    method,
    headers: { ...(body && { "content-type": "application/json" }), ...(tag && { "if-match": tag }) },
    body: body && JSON.stringify(body),
  }).catch(() => null);
  if (!answer) throw new Refusal({ status: 0 });
  const said = answer.status === 204 ? null : await answer.json().catch(() => ({}));
  if (!answer.ok) throw refusal(answer, said);
  if (said && answer.headers.get("etag")) tags.set(said, answer.headers.get("etag"));
  return said;
}

/** @param {Response} answer @param {any} said */
const refusal = (answer, said) => new Refusal({ status: answer.status, code: said?.code, message: said?.detail || said?.title, factor: said?.second_factor });

/**
 * Sends a file, and tells how far it has been read.
 * @param {string} path
 * @param {File} file
 * @param {string} media
 * @param {(read: number, of: number) => void} heard
 * @returns {Promise<any>} the answer
 * @throws {Refusal} with status 0 where there was no answer, or no end of it
 */
export async function sendFile(path, file, media, heard) {
  const headers = { "content-type": media, accept: "application/x-ndjson" };
  const answer = await fetch(path, { method: "POST", headers, body: file }).catch(() => null);
  if (!answer) throw new Refusal({ status: 0 });
  if (!answer.ok || !answer.body) throw refusal(answer, await answer.json().catch(() => ({})));
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let kept = "", last = false; !last; ) {
    const { value = "", done } = await reader.read().catch(() => ({ value: "", done: true }));
    const lines = (kept + value).split("\n");
    kept = lines.pop() ?? "";
    for (const line of lines) {
      const said = JSON.parse(line);
      if (said.code) throw new Refusal({ status: 503, code: said.code, message: said.message });
      if (said.of === undefined) return said;
      heard(said.read, said.of);
    }
    last = done;
  }
  throw new Refusal({ status: 0 });
}
