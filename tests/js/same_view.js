/**
 * The desk's `apply` over stories of random floors (tests/random_floors.py), compared with the fresh snapshots in them.
 * Under node: `node same_view.js STORIES.json`, which prints what differs; in a browser imported as a module.
 */

/** A desk without what has no meaning: the order of the inbox and of the queues, the order of fields, and the time. */
function seen({ version, agent, inbox, queues }) {
  const byName = (list, name) => Object.fromEntries(list.map((each) => [each[name], each]));
  const sorted = (_, value) =>
    value && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return JSON.stringify({ version, agent, inbox: byName(inbox, "item"), queues: byName(queues, "queue") }, sorted, 1);
}

/**
 * @param {(snapshot: any, event: any) => any} apply
 * @param {({ frame?: any, fresh?: any })[][]} stories
 * @returns {{ checked: number, wrong: string[] }} what differs, at most once a story
 */
export function compare(apply, stories) {
  let checked = 0;
  const wrong = stories.flatMap((steps, number) => {
    let view = null;
    for (const { frame, fresh } of steps) {
      if (frame) view = frame.type === "snapshot" ? frame : apply(view, frame);
      else if ((checked++, seen(view) !== seen(fresh))) return [`story ${number}: applied ${seen(view)}\nbut fresh ${seen(fresh)}`];
    }
    return [];
  });
  return { checked, wrong };
}

if (globalThis.process?.argv[2]) {
  const { readFileSync } = await import("node:fs");
  const { apply } = await import("../../services/gateway/src/parley_gateway/web/assets/desk/view.js");
  console.log(JSON.stringify(compare(apply, JSON.parse(readFileSync(process.argv[2], "utf8")))));
}
