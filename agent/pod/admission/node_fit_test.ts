import assert from "node:assert/strict";
import type { Pod } from "../../../src/api/core/pod.ts";
import { type NodeFace, NodeFitAdmission } from "./node_fit.ts";

const NODE: NodeFace = {
  name: "n1",
  labels: { zone: "a" },
  taints: [],
  allocatable: { cpu: "2", memory: "1Gi", pods: "3" },
  hasStrictGroups: false,
};

let count = 0;

function pod(
  resources: Record<string, string> = {},
  spec: Record<string, unknown> = {},
  metadata: Record<string, unknown> = {},
): Pod {
  const uid = `u${++count}`;
  return {
    metadata: { name: uid, uid, namespace: "default", ...metadata },
    spec: {
      nodeName: "n1",
      containers: [{ name: "app", resources: { requests: resources } }],
      ...spec,
    },
  } as Pod;
}

function admit(
  wanted: Pod,
  others: Pod[] = [],
  node: Partial<NodeFace> = {},
) {
  return new NodeFitAdmission(() => ({ ...NODE, ...node }))
    .admit(wanted, others);
}

function refusal(...args: Parameters<typeof admit>): string {
  const result = admit(...args);
  return result.admitted ? "admitted" : `${result.reason}: ${result.message}`;
}

Deno.test("admit() refuses what does not fit beside the others, in kubelet's words", () => {
  const half = pod({ cpu: "1500m", memory: "512Mi" });
  assert.equal(refusal(pod({ cpu: "500m" }), [half]), "admitted");
  assert.equal(
    refusal(pod({ cpu: "501m" }), [half]),
    "OutOfcpu: Node didn't have enough resource: cpu, requested: 501, used: 1500, capacity: 2000",
  );
  assert.equal(
    refusal(pod({ memory: "1Gi" }), [half]),
    "OutOfmemory: Node didn't have enough resource: memory, requested: 1073741824, used: 536870912, capacity: 1073741824",
  );
  assert.equal(
    refusal(pod(), [pod(), pod(), pod()]),
    "OutOfpods: Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3",
  );
  assert.equal(
    refusal(pod({ "hugepages-2Mi": "2Mi" })),
    "OutOfhugepages-2Mi: Node didn't have enough resource: hugepages-2Mi, requested: 2097152, used: 0, capacity: 0",
  );
});

Deno.test("admit() leaves resources to others that this node does not have", () => {
  assert.equal(refusal(pod({ "example.com/gpu": "1" })), "admitted");
  assert.equal(
    refusal(pod({ "example.com/gpu": "2" }), [], {
      allocatable: { ...NODE.allocatable, "example.com/gpu": "1" },
    }),
    "OutOfexample.com/gpu: Node didn't have enough resource: example.com/gpu, requested: 2, used: 0, capacity: 1",
  );
});

Deno.test("admit() refuses ports of the node that another pod has", () => {
  const port = (hostPort: number, more = {}) => ({
    containers: [{
      name: "app",
      ports: [{ containerPort: 80, hostPort, ...more }],
    }],
  });
  const other = pod({}, port(8080));
  assert.equal(
    refusal(pod({}, port(8080, { hostIP: "10.0.0.1" })), [other]),
    "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
  );
  assert.equal(refusal(pod({}, port(8081)), [other]), "admitted");
  assert.equal(
    refusal(pod({}, port(8080, { protocol: "UDP" })), [other]),
    "admitted",
  );
});

Deno.test("admit() refuses another node's labels and name, and tells when only labels are the reason", () => {
  const result = admit(pod({}, { nodeSelector: { zone: "b" } }));
  assert.deepEqual(result, {
    admitted: false,
    reason: "NodeAffinity",
    message:
      "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    staleNode: true,
  });
  assert.equal(
    refusal(pod({}, { nodeName: "n2" })),
    "NodeName: Predicate NodeName failed: node(s) didn't match the requested node name",
  );
});

Deno.test("admit() refuses NoExecute taints, but not for static pods", () => {
  const taints = [{ key: "gone", effect: "NoExecute" as const }];
  assert.equal(
    refusal(pod(), [], { taints }),
    "TaintToleration: Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
  );
  const annotations = { "kubernetes.io/config.source": "file" };
  assert.equal(
    refusal(pod({}, {}, { annotations }), [], { taints }),
    "admitted",
  );
  assert.equal(
    refusal(pod(), [], { taints: [{ key: "x", effect: "NoSchedule" }] }),
    "admitted",
  );
});

Deno.test("admit() refuses another system and what the runtime cannot do", () => {
  assert.equal(
    refusal(pod({}, { os: { name: "windows" } })),
    "PodOSNotSupported: Failed to admit pod as the OS field doesn't match node OS",
  );
  assert.equal(
    refusal(pod({}, {}, { labels: { "kubernetes.io/os": "windows" } })),
    "PodOSSelectorNodeLabelDoesNotMatch: Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
  );
  const strict = pod({}, {
    securityContext: { supplementalGroupsPolicy: "Strict" },
  });
  assert.equal(
    refusal(strict),
    "SupplementalGroupsPolicyNotSupported: SupplementalGroupsPolicy=Strict is not supported in this node",
  );
  assert.equal(refusal(strict, [], { hasStrictGroups: true }), "admitted");
});

Deno.test("admit() makes room for a critical pod: the lowest class first, and no more pods than needed", () => {
  const critical = pod({ cpu: "1" }, { priority: 2_000_000_000 });
  const small = pod({ cpu: "200m" });
  const large = pod({ cpu: "900m" });
  const guaranteed = pod({}, {
    containers: [{
      name: "app",
      resources: {
        requests: { cpu: "900m", memory: "1Mi" },
        limits: { cpu: "900m", memory: "1Mi" },
      },
    }],
  });
  const allocatable = { cpu: "2", memory: "1Gi", pods: "9" };
  const result = admit(critical, [small, guaranteed, large], { allocatable });
  assert.ok(result.admitted);
  assert.deepEqual(result.preempts, [large, small]);
  const ports = pod({ cpu: "3" }, { priority: 2_000_000_000 });
  assert.equal(
    refusal(ports, [small], { allocatable }),
    "UnexpectedAdmissionError: Unexpected error while attempting to recover from admission failure: preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: [(res: cpu, q: 1000), ]",
  );
});
