import assert from "node:assert/strict";
import type { Pod } from "../../api/core/pod.ts";
import type { PodSpec } from "../../api/core/pod_spec.ts";
import type { Taint } from "../../api/core/toleration.ts";
import { podInfo } from "../pod_requests.ts";
import { Snapshot } from "../snapshot.ts";
import { totalScores } from "./mod.ts";

function pod(
  name: string,
  cpu: string,
  memory: string,
  more: Partial<PodSpec> = {},
): Pod {
  return {
    metadata: { name, uid: name },
    spec: {
      containers: [{ name: "c", resources: { requests: { cpu, memory } } }],
      ...more,
    },
  };
}

/** The name of the best of these nodes; undefined when several are. */
function best(
  of: Pod,
  nodes: Record<
    string,
    { used?: Pod[]; taints?: Taint[]; labels?: Record<string, string> }
  >,
): string | undefined {
  const snapshot = new Snapshot();
  for (
    const [name, { used = [], taints, labels = {} }] of Object.entries(nodes)
  ) {
    snapshot.setNode({
      metadata: { name, labels },
      spec: taints === undefined ? {} : { taints },
      status: { allocatable: { cpu: "4", memory: "4Gi", pods: "110" } },
    });
    for (const other of used) {
      snapshot.setPod({
        ...other,
        metadata: { ...other.metadata, uid: `${name}-${other.metadata.uid}` },
        spec: { ...other.spec, nodeName: name },
      });
    }
  }
  const totals = totalScores(podInfo(of), snapshot.nodes);
  const highest = Math.max(...totals);
  const winners = snapshot.nodes.filter((_, at) => totals[at] === highest);
  return winners.length === 1 ? winners[0]!.name : undefined;
}

Deno.test("totalScores() prefers the emptier node", () => {
  assert.equal(
    best(pod("p", "1", "1Gi"), { a: { used: [pod("x", "1", "1Gi")] }, b: {} }),
    "b",
  );
  assert.equal(best(pod("p", "1", "1Gi"), { a: {}, b: {} }), undefined);
});

Deno.test("totalScores() prefers the node that the pod leaves balanced", () => {
  // Both have the same share in use; on b the pod's memory meets the cpu that is taken.
  assert.equal(
    best(pod("p", "0", "2Gi"), {
      a: { used: [pod("x", "0", "2Gi")] },
      b: { used: [pod("x", "2", "0")] },
    }),
    "b",
  );
});

Deno.test("totalScores() avoids soft taints", () => {
  assert.equal(
    best(pod("p", "1", "1Gi"), {
      a: { taints: [{ key: "k", effect: "PreferNoSchedule" }] },
      b: {},
    }),
    "b",
  );
});

Deno.test("totalScores() follows preferred affinity by weight", () => {
  const preference = (value: string, weight: number) => ({
    weight,
    preference: {
      matchExpressions: [{
        key: "zone",
        operator: "In" as const,
        values: [value],
      }],
    },
  });
  assert.equal(
    best(
      pod("p", "1", "1Gi", {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              preference("x", 1),
              preference("y", 9),
            ],
          },
        },
      }),
      { a: { labels: { zone: "x" } }, b: { labels: { zone: "y" } } },
    ),
    "b",
  );
});
