/**
 * Which of `tests/node` run with every change: `deno task test` has few minutes for all of them together. `deno task test:node` runs them all.
 *
 * @module
 */

/** Files of the smoke subset: of each part of the node the shortest that shows that it works at all. */
export const NODE_SMOKE: readonly string[] = [
  "tests/node/hostile_wasm_test.ts",
  "tests/node/node_credentials_test.ts",
  "tests/node/pod_life_order_test.ts",
  "tests/node/pod_network_test.ts",
  "tests/node/probes_test.ts",
  "tests/node/proxy_redirect_test.ts",
  "tests/node/registry_images_test.ts",
  "tests/node/resources_test.ts",
  "tests/node/security_context_test.ts",
  "tests/node/sessions_test.ts",
  "tests/node/static_pods_test.ts",
  "tests/node/stats_test.ts",
];
