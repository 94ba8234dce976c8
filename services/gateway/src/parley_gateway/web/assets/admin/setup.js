/** How far a company is from its first chat. Pure. */

/** @typedef {{ queues: Record<string, import("./types.js").Queue>, agents: Record<string, import("./types.js").Agent>, services: Record<string, import("./types.js").Service>, calls: import("./types.js").Calls }} SetUp */

/** @type {(agents: Record<string, import("./types.js").Agent>) => [string, import("./types.js").Agent][]} those who have a desk */
export const atDesk = (agents) => Object.entries(agents).filter(([, { role }]) => role === "agent" || role === "supervisor");

/** @type {(setUp: SetUp) => { queues: number, agents: number, serving: number, services: number, on: number, served: number, shown: number, call: import("./types.js").Call | undefined, done: Record<"queue" | "agent" | "service" | "snippet", boolean> }} */
export function progress({ queues, agents, services, calls }) {
  const serves = (/** @type {string} */ name) => Object.values(queues).some((queue) => queue.agents.includes(name));
  // A supervisor has a desk to look from; whoever a queue names takes work there as well.
  const workers = atDesk(agents).filter(([name, { role }]) => role === "agent" || serves(name)).map(([name]) => name);
  const serving = workers.filter(serves);
  const on = Object.entries(services).filter(([, service]) => service.enabled);
  const served = on.filter(([, service]) => queues[service.queue]?.agents.length);
  const shown = served.filter(([, service]) => service.origins.length || service.without_origin);
  const heard = on.flatMap(([name]) => calls.services[name] ?? []).filter((call) => call.allowed);
  const call = heard.sort((a, b) => (a.at < b.at ? 1 : -1))[0];
  return {
    queues: Object.keys(queues).length,
    agents: workers.length,
    serving: serving.length,
    services: Object.keys(services).length,
    on: on.length,
    served: served.length,
    shown: shown.length,
    call,
    done: { queue: Object.keys(queues).length > 0, agent: serving.length > 0, service: shown.length > 0, snippet: Boolean(call) },
  };
}
