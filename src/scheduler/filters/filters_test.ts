import assert from "node:assert/strict";
import type { Node } from "../../api/core/node.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { PodSpec } from "../../api/core/pod_spec.ts";
import { podInfo } from "../pod_requests.ts";
import { checkFor } from "../select_node.ts";
import { Snapshot } from "../snapshot.ts";

interface NodeOptions {
  readonly labels?: Record<string, string>;
  readonly spec?: Node["spec"];
  readonly allocatable?: Record<string, string>;
}

function pod(
  name: string,
  spec: Partial<PodSpec> = {},
  labels: Record<string, string> = {},
): Pod {
  return {
    metadata: { name, uid: name, namespace: "default", labels },
    spec: { containers: [{ name: "c" }], ...spec },
  };
}

const asking = (requests: Record<string, string>): Partial<PodSpec> => ({
  containers: [{ name: "c", resources: { requests } }],
});

/** The reasons why a pod may not go to node `n`. */
function reasons(
  of: Pod,
  node: NodeOptions = {},
  others: Pod[] = [],
): readonly string[] {
  const snapshot = new Snapshot();
  snapshot.setNode({
    metadata: { name: "n", labels: node.labels ?? {} },
    spec: node.spec ?? {},
    status: {
      allocatable: node.allocatable ?? { cpu: "2", memory: "2Gi", pods: "10" },
    },
  });
  for (const other of others) {
    snapshot.setPod({ ...other, spec: { ...other.spec, nodeName: "n" } });
  }
  return checkFor(podInfo(of), snapshot)(snapshot.get("n")!)?.reasons ?? [];
}

Deno.test("NodeResourcesFit names all that is missing", () => {
  assert.deepEqual(reasons(pod("p", asking({ cpu: "2", memory: "2Gi" }))), []);
  assert.deepEqual(
    reasons(
      pod("p", asking({ cpu: "2001m", memory: "3Gi", "example.com/gpu": "1" })),
    ),
    ["Insufficient cpu", "Insufficient memory", "Insufficient example.com/gpu"],
  );
  assert.deepEqual(
    reasons(pod("p", asking({ "ephemeral-storage": "1Gi" })), {
      allocatable: { pods: "1", "ephemeral-storage": "1Gi" },
    }, [
      pod("other", asking({ "ephemeral-storage": "1" })),
    ]),
    ["Too many pods", "Insufficient ephemeral-storage"],
  );
});

Deno.test("NodeResourcesFit counts init containers, sidecars and overhead as kubelet will", () => {
  const container = (cpu: string) => ({
    name: "c",
    resources: { requests: { cpu } },
  });
  const spec: Partial<PodSpec> = {
    containers: [container("500m")],
    initContainers: [
      { ...container("300m"), restartPolicy: "Always" },
      container("1"),
    ],
    overhead: { cpu: "100m" },
  };
  // The init container runs beside the sidecar: 1.3, and 0.1 on top.
  assert.equal(podInfo(pod("p", spec)).requests.milliCpu, 1_400);
});

Deno.test("NodeUnschedulable and TaintToleration ask for tolerations", () => {
  assert.deepEqual(reasons(pod("p"), { spec: { unschedulable: true } }), [
    "node(s) were unschedulable",
  ]);
  assert.deepEqual(
    reasons(
      pod("p", {
        tolerations: [{
          key: "node.kubernetes.io/unschedulable",
          operator: "Exists",
        }],
      }),
      { spec: { unschedulable: true } },
    ),
    [],
  );
  const tainted: NodeOptions = {
    spec: { taints: [{ key: "k", value: "v", effect: "NoSchedule" }] },
  };
  const refused = ["node(s) had untolerated taint(s)"];
  for (
    const [toleration, expected] of [
      [{ key: "k", operator: "Equal", value: "v" }, []],
      [{ key: "k", value: "v", effect: "NoSchedule" }, []],
      [{ operator: "Exists" }, []],
      [{ key: "k", value: "other" }, refused],
      [{ key: "k", operator: "Exists", effect: "NoExecute" }, refused],
      [{ operator: "Equal" }, refused],
    ] as const
  ) {
    assert.deepEqual(
      reasons(pod("p", { tolerations: [toleration] }), tainted),
      expected,
      JSON.stringify(toleration),
    );
  }
  assert.deepEqual(
    reasons(pod("p"), {
      spec: { taints: [{ key: "k", effect: "PreferNoSchedule" }] },
    }),
    [],
  );
});

Deno.test("NodeAffinity asks for labels by selector and by terms", () => {
  const required = (
    ...matchExpressions: {
      key: string;
      operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
      values?: string[];
    }[]
  ): Partial<PodSpec> => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions }],
        },
      },
    },
  });
  const node: NodeOptions = { labels: { disk: "ssd", cores: "8" } };
  const refused = ["node(s) didn't match Pod's node affinity/selector"];
  assert.deepEqual(
    reasons(pod("p", { nodeSelector: { disk: "ssd" } }), node),
    [],
  );
  assert.deepEqual(
    reasons(pod("p", { nodeSelector: { disk: "hdd" } }), node),
    refused,
  );
  assert.deepEqual(
    reasons(
      pod(
        "p",
        required({ key: "disk", operator: "In", values: ["hdd", "ssd"] }),
      ),
      node,
    ),
    [],
  );
  assert.deepEqual(
    reasons(
      pod("p", required({ key: "disk", operator: "NotIn", values: ["ssd"] })),
      node,
    ),
    refused,
  );
  assert.deepEqual(
    reasons(
      pod("p", required({ key: "zone", operator: "DoesNotExist" })),
      node,
    ),
    [],
  );
  assert.deepEqual(
    reasons(pod("p", required({ key: "zone", operator: "Exists" })), node),
    refused,
  );
  assert.deepEqual(
    reasons(
      pod("p", required({ key: "cores", operator: "Gt", values: ["4"] })),
      node,
    ),
    [],
  );
  assert.deepEqual(
    reasons(
      pod("p", required({ key: "cores", operator: "Lt", values: ["4"] })),
      node,
    ),
    refused,
  );
  assert.deepEqual(reasons(pod("p", required()), node), refused);
});

Deno.test("NodePorts gives a port of the node away once", () => {
  const spec = (hostPort: number, hostIP?: string): Partial<PodSpec> => ({
    containers: [{
      name: "c",
      ports: [{
        containerPort: 80,
        hostPort,
        ...hostIP === undefined ? {} : { hostIP },
      }],
    }],
  });
  const refused = [
    "node(s) didn't have free ports for the requested pod ports",
  ];
  assert.deepEqual(
    reasons(pod("p", spec(80)), {}, [pod("other", spec(80))]),
    refused,
  );
  assert.deepEqual(
    reasons(pod("p", spec(80)), {}, [pod("other", spec(81))]),
    [],
  );
  assert.deepEqual(
    reasons(pod("p", spec(80, "10.0.0.1")), {}, [
      pod("other", spec(80, "10.0.0.2")),
    ]),
    [],
  );
  assert.deepEqual(
    reasons(pod("p", spec(80, "10.0.0.1")), {}, [pod("other", spec(80))]),
    refused,
  );
});

Deno.test("WherryRuntime asks for the pod's runtime where nodes say what they have", () => {
  const wasm: NodeOptions = {
    labels: { "wherry.dev/runtime-wasmtime": "true" },
  };
  const both: NodeOptions = {
    labels: { ...wasm.labels, "wherry.dev/runtime-containerd": "true" },
  };
  assert.deepEqual(
    reasons(pod("p", { runtimeClassName: "wasmtime" }), wasm),
    [],
  );
  assert.deepEqual(reasons(pod("p"), wasm), [
    "node(s) didn't have the runtime containerd",
  ]);
  assert.deepEqual(reasons(pod("p"), both), []);
  assert.deepEqual(reasons(pod("p", { runtimeClassName: "gvisor" }), both), []);
  assert.deepEqual(
    reasons(pod("p", { runtimeClassName: "wasmtime" }), {
      labels: { any: "label" },
    }),
    [],
  );
});

Deno.test("WherryRuntime asks for every engine that a container of the pod is given", () => {
  const wasm = { "wherry.dev/runtime-wasmtime": "true" };
  const mixed: Pod = {
    ...pod("p", { containers: [{ name: "c" }, { name: "d" }] }),
    metadata: {
      name: "p",
      annotations: { "wherry.dev/runtime.d": "wasmtime" },
    },
  };
  assert.deepEqual(reasons(mixed, { labels: wasm }), [
    "node(s) didn't have the runtime containerd",
  ]);
  const both = { ...wasm, "wherry.dev/runtime-containerd": "true" };
  assert.deepEqual(reasons(mixed, { labels: both }), []);
});

Deno.test("InterPodAffinity keeps pods together and apart, whoever asks for it", () => {
  const term = {
    topologyKey: "host",
    labelSelector: { matchLabels: { app: "db" } },
  };
  const near: Partial<PodSpec> = {
    affinity: {
      podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] },
    },
  };
  const far: Partial<PodSpec> = {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [term],
      },
    },
  };
  const node: NodeOptions = { labels: { host: "n" } };
  const db = pod("db", {}, { app: "db" });
  assert.deepEqual(reasons(pod("p", near), node), [
    "node(s) didn't match pod affinity rules",
  ]);
  assert.deepEqual(reasons(pod("p", near), node, [db]), []);
  // The first of its kind has nobody to join.
  assert.deepEqual(reasons(pod("p", near, { app: "db" }), node), []);
  assert.deepEqual(reasons(pod("p", far), node, [db]), [
    "node(s) didn't match pod anti-affinity rules",
  ]);
  assert.deepEqual(
    reasons(db, node, [pod("shy", far)]),
    ["node(s) didn't satisfy existing pods anti-affinity rules"],
  );
  const elsewhere: Pod = {
    ...db,
    metadata: { ...db.metadata, namespace: "other" },
  };
  assert.deepEqual(reasons(pod("p", far), node, [elsewhere]), []);
});
