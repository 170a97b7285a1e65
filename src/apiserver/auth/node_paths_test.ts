import assert from "node:assert/strict";
import type { AccessRequest } from "./authorizer.ts";
import { authorizeNodePath } from "./node_paths.ts";

/** Whether somebody with the right to `allowed` (`stats n1`) may `verb` a path of a node. */
function may(
  allowed: string,
  path: string,
  { node = "n1", verb = "get" } = {},
): boolean {
  const authorizer = {
    authorize: ({ resource }: AccessRequest) =>
      `${resource!.subresource} ${resource!.name}` === allowed
        ? { allowed: true as const, reason: "" }
        : { allowed: false as const, reason: "no" },
  };
  return authorizeNodePath(authorizer, {
    user: { name: "u", uid: "", groups: [] },
    verb,
    path: `/api/v1/nodes/${node}/proxy${path}`,
    fieldSelector: "",
    resource: {
      group: "",
      version: "v1",
      plural: "nodes",
      namespace: "",
      name: node,
      subresource: "proxy",
      proxyPath: path,
    },
  }).allowed;
}

Deno.test("authorizeNodePath() opens kubelet's paths to those who have kubelet's rights to them", () => {
  assert.ok(may("metrics n1", "/metrics"));
  assert.ok(may("metrics n1", "/metrics/cadvisor"));
  assert.ok(may("stats n1", "/stats/summary"));
  assert.ok(may("pods n1", "/pods"));
  assert.ok(may("pods n1", "/runningpods/"));
  assert.ok(may("healthz n1", "/healthz"));
  assert.ok(may("configz n1", "/configz"));
  assert.ok(may("metrics n1", "/metrics", { node: "n1:10250" }));
  assert.ok(may("metrics n1", "/metrics", { node: "https:n1:10250" }));
  assert.ok(may("proxy n1", "/containerLogs/a/b/c"));
});

Deno.test("authorizeNodePath() opens nothing else", () => {
  assert.ok(!may("metrics n1", "/stats/summary"));
  assert.ok(!may("metrics n1", "/metricsx"));
  assert.ok(!may("metrics n1", "/containerLogs/a/b/c"));
  assert.ok(!may("metrics n1", ""));
  assert.ok(!may("metrics n1", "/metrics%2f..%2fpods"));
  assert.ok(!may("metrics n1", "//metrics"));
  assert.ok(!may("metrics n1", "/metrics", { node: "n2" }));
  assert.ok(!may("metrics n1", "/metrics", { node: "n1:9100" }));
  assert.ok(!may("metrics n1", "/metrics", { verb: "create" }));
});
