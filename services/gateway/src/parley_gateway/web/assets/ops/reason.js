/** Why the router gave an item to somebody, in the words of the page. Pure. */

/** @typedef {{ agent: string, how: string, policy?: string, out_of?: string, passed?: Record<string, string[]>, more?: Record<string, number> }} Assigned */
/**
 * @typedef {{
 *   given: (agent: string, how: string) => string, picked: (agent: string) => string, transferred: (agent: string) => string, alone: string,
 *   outOf: Record<string, string>, chosen: Record<string, string>, passedOver: (reasons: string) => string, more: (count: number) => string, passed: Record<string, string>,
 * }} Words
 */

/** @type {(each: Assigned, words: Words) => string} */
export function reason(each, words) {
  if (each.how === "picked") return words.picked(each.agent);
  if (each.how === "transferred") return words.transferred(each.agent);
  if (!each.policy) return words.given(each.agent, "");
  const how = `${words.outOf[each.out_of ?? ""] ?? each.out_of}, ${words.chosen[each.policy] ?? each.policy}`;
  const given = words.given(each.agent, how);
  const passed = Object.entries(each.passed ?? {}).map(([why, agents]) => {
    const others = each.more?.[why];
    return `${agents.join(", ")}${others ? words.more(others) : ""} (${words.passed[why] ?? why})`;
  });
  return passed.length ? `${given} ${words.passedOver(passed.join("; "))}` : `${given} ${words.alone}`;
}
