import assert from "node:assert/strict";
import type { Pod } from "../api/core/pod.ts";
import { Diagnosis } from "./diagnosis.ts";

const POD: Pod = { metadata: {}, spec: { containers: [] } };

Deno.test("Diagnosis.message() counts reasons over nodes and sorts them as Kubernetes does", () => {
  const diagnosis = new Diagnosis();
  for (let i = 0; i < 10; i++) {
    diagnosis.add({ reasons: ["Insufficient cpu", "Insufficient memory"] });
  }
  diagnosis.add({ reasons: ["Too many pods"] });
  diagnosis.add({
    reasons: ["node(s) were unschedulable"],
    unresolvable: true,
  });
  assert.equal(
    diagnosis.message(POD),
    "0/12 nodes are available: 1 Too many pods, 1 node(s) were unschedulable, 10 Insufficient cpu, 10 Insufficient memory. " +
      "preemption: 0/12 nodes are available: 1 Preemption is not helpful for scheduling, 11 No preemption victims found for incoming pod.",
  );
});

Deno.test("Diagnosis.message() says that a pod does not preempt, and that there are no nodes", () => {
  const diagnosis = new Diagnosis();
  assert.equal(diagnosis.message(POD), "no nodes available to schedule pods");
  diagnosis.add({ reasons: ["Insufficient cpu"] });
  assert.equal(
    diagnosis.message({
      ...POD,
      spec: { ...POD.spec, preemptionPolicy: "Never" },
    }),
    "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.",
  );
});
