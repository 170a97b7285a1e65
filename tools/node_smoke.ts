/**
 * Which of `tests/node` run with every change: `deno task test` has few minutes for all of them together. `deno task test:node` runs them all.
 *
 * @module
 */

/** Files of the smoke subset, shortest first. */
export const NODE_SMOKE: readonly string[] = [
  "tests/node/pod_network_test.ts",
  "tests/node/proxy_redirect_test.ts",
  "tests/node/sessions_test.ts",
];
