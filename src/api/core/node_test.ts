import assert from "node:assert/strict";
import { nodeRoles, nodeStatusText } from "../columns/node.ts";
import type { StrategyContext } from "../kind.ts";
import { type Node, nodes } from "./node.ts";

const CONTEXT: StrategyContext = { now: 0, user: { name: "t", groups: [] } };

function stored(more: object, labels: Record<string, string> = {}): Node {
  const { object, typeError } = nodes.schema.decode({
    metadata: { name: "n", resourceVersion: "1", labels },
    ...more,
  });
  assert.equal(typeError, undefined);
  nodes.setDefaults(object!);
  nodes.prepareForCreate(object!, CONTEXT);
  return object!;
}

Deno.test("nodes.prepareForCreate() keeps the status that a node registers with", () => {
  const node = stored({ status: { capacity: { cpu: "4" } } });
  assert.deepEqual(node.status?.capacity, { cpu: "4" });
  assert.deepEqual(node.status?.allocatable, { cpu: "4" });
});

Deno.test("nodes.validate() checks taints, amounts and networks", () => {
  const node = stored({
    spec: {
      podCIDRs: ["10.0.0.0/33"],
      taints: [
        { key: "a", effect: "Never" },
        { key: "b", effect: "NoSchedule" },
        { key: "b", effect: "NoSchedule" },
      ],
    },
    status: { capacity: { cpu: "-1" } },
  });
  assert.deepEqual(nodes.validate(node).map((e) => e.field), [
    "metadata.taints[0].effect",
    "metadata.taints[2]",
    "status.capacity.cpu",
    "status.allocatable.cpu",
    "spec.podCIDRs[0]",
  ]);
});

Deno.test("nodes.validateUpdate() keeps networks once they are set", () => {
  const none = stored({});
  const one = stored({ spec: { podCIDRs: ["10.0.0.0/24"] } });
  const other = stored({ spec: { podCIDRs: ["10.0.1.0/24"] } });
  assert.deepEqual(nodes.validateUpdate(one, none), []);
  assert.deepEqual(nodes.validateUpdate(one, one), []);
  assert.deepEqual(
    nodes.validateUpdate(other, one).map((e) => `${e.field}: ${e.message}`),
    [
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
    ],
  );
});

const ready = (status: string) => ({
  status: { conditions: [{ type: "Ready", status }] },
});

const STATES: readonly (readonly [string, object])[] = [
  ["Ready", ready("True")],
  ["NotReady", ready("False")],
  ["NotReady", ready("Unknown")],
  ["Unknown", {}],
  [
    "Ready,SchedulingDisabled",
    { ...ready("True"), spec: { unschedulable: true } },
  ],
];

STATES.forEach(([expected, more], i) => {
  Deno.test(`nodeStatusText() says ${expected} (case ${i + 1})`, () => {
    assert.equal(nodeStatusText(stored(more)), expected);
  });
});

Deno.test("nodeRoles() reads both kinds of labels", () => {
  assert.deepEqual(
    nodeRoles(stored({}, {
      "node-role.kubernetes.io/worker": "",
      "node-role.kubernetes.io/": "",
      "kubernetes.io/role": "edge",
    })),
    ["edge", "worker"],
  );
  assert.deepEqual(nodeRoles(stored({})), []);
});

Deno.test("columns show what kubectl get nodes -o wide shows", () => {
  const node = stored({
    ...ready("True"),
    status: {
      addresses: [{ type: "InternalIP", address: "10.0.0.5" }],
      nodeInfo: {
        kernelVersion: "6.1",
        architecture: "arm64",
        kubeletVersion: "v1.36.0",
        osImage: "Debian",
      },
    },
  });
  const row = Object.fromEntries(
    nodes.columns.map((c) => [c.name, c.cell(node, 0)]),
  );
  assert.equal(row["Version"], "v1.36.0");
  assert.equal(row["Roles"], "<none>");
  assert.equal(row["Internal-IP"], "10.0.0.5");
  assert.equal(row["External-IP"], "<none>");
  assert.equal(row["Kernel-Version"], "6.1 (arm64)");
  assert.equal(row["Container-Runtime"], "<unknown>");
});
