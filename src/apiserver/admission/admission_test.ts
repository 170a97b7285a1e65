import assert from "node:assert/strict";
import { pod, startHarness } from "../testing/harness.ts";

const PODS = "/api/v1/namespaces/default/pods";

Deno.test("serviceAccount names the default account for pods that name none", async () => {
  await using server = await startHarness();
  const plain = await server.json("POST", PODS, { body: pod("a") });
  assert.equal(plain.spec.serviceAccountName, "default");
  const named = await server.json("POST", PODS, {
    body: pod("b", { spec: { serviceAccountName: "robot" } }),
  });
  assert.equal(named.spec.serviceAccountName, "robot");
});

Deno.test("priority gives pods 0, and system classes their values", async () => {
  await using server = await startHarness();
  const plain = await server.json("POST", PODS, { body: pod("a") });
  assert.equal(plain.spec.priority, 0);
  assert.equal(plain.spec.preemptionPolicy, "PreemptLowerPriority");
  const critical = await server.json("POST", PODS, {
    body: pod("b", { spec: { priorityClassName: "system-node-critical" } }),
  });
  assert.equal(critical.spec.priority, 2_000_001_000);
  const unknown = await server.json("POST", PODS, {
    body: pod("c", { spec: { priorityClassName: "gold" } }),
    status: 403,
  });
  assert.equal(
    unknown.message,
    'pods "c" is forbidden: no PriorityClass with name gold was found',
  );
});

Deno.test("defaultTolerationSeconds leaves pods that have their own word alone", async () => {
  await using server = await startHarness();
  const plain = await server.json("POST", PODS, { body: pod("a") });
  assert.deepEqual(
    plain.spec.tolerations.map((
      at: { key: string; tolerationSeconds: number },
    ) => [at.key, at.tolerationSeconds]),
    [["node.kubernetes.io/not-ready", 300], [
      "node.kubernetes.io/unreachable",
      300,
    ]],
  );
  const own = [{ operator: "Exists" }];
  const all = await server.json("POST", PODS, {
    body: pod("b", { spec: { tolerations: own } }),
  });
  assert.deepEqual(all.spec.tolerations, own);
});
