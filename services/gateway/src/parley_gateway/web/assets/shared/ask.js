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

/**
 * @param {"GET" | "PUT" | "DELETE" | "POST"} method
 * @param {string} path
 * @param {object} [body]  what goes as JSON; a file goes as it is
 * @param {string} [media]  what kind of file it is
 * @returns {Promise<any>} the answer's JSON, null where there is none
 * @throws {Refusal} with status 0 where there was no answer
 */
export async function ask(method, path, body, media = "application/json") {
  const answer = await fetch(path, {
    method,
    headers: body ? { "content-type": media } : {},
    body: body instanceof Blob ? body : body && JSON.stringify(body),
  }).catch(() => null);
  if (!answer) throw new Refusal({ status: 0 });
  const said = answer.status === 204 ? null : await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal({ status: answer.status, code: said?.code, message: said?.detail || said?.title, factor: said?.second_factor });
  return said;
}
