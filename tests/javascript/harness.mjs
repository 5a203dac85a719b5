/** `test` and `equal` for node's runner and, where there is none, for a browser page. */

const isNode = typeof process !== "undefined" && Boolean(process.versions?.node);
const runner = isNode ? await import("node:test") : null;

export const results = [];

export function test(name, body) {
  if (runner) return runner.test(name, body);
  try {
    body();
    results.push({ name, ok: true });
  } catch (error) {
    results.push({ name, ok: false, error: String(error) });
  }
}

function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

export function equal(actual, expected, note = "") {
  if (!same(actual, expected)) {
    throw new Error(`${note}\nexpected ${JSON.stringify(expected)}\nbut got  ${JSON.stringify(actual)}`);
  }
}
