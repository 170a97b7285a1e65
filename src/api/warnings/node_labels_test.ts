import assert from "node:assert/strict";
import { runtimeClasses } from "../node/runtime_class.ts";
import type { AnyKind } from "../registry.ts";
import { csiStorageCapacities } from "../storage/csi_storage_capacity.ts";
import { storageClasses } from "../storage/storage_class.ts";

const OLD = "beta.kubernetes.io/os";
const TEXT = 'deprecated since v1.14; use "kubernetes.io/os" instead';

const CASES: readonly (readonly [AnyKind, object, readonly string[]])[] = [
  [
    runtimeClasses,
    { scheduling: { nodeSelector: { [OLD]: "linux", a: "b" } } },
    [
      `scheduling.nodeSelector: ${TEXT}`,
    ],
  ],
  [storageClasses, {
    allowedTopologies: [{
      matchLabelExpressions: [{ key: "a", values: ["b"] }, {
        key: OLD,
        values: ["linux"],
      }],
    }],
  }, [`allowedTopologies[0].matchLabelExpressions[1].key: ${TEXT}`]],
  [csiStorageCapacities, {
    nodeTopology: {
      matchLabels: { [OLD]: "linux" },
      matchExpressions: [{ key: OLD, operator: "Exists" }],
    },
  }, [
    `nodeTopology.matchExpressions[0].key: ${OLD} is ${TEXT}`,
    `nodeTopology.matchLabels.${OLD}: ${TEXT}`,
  ]],
];

for (const [kind, body, expected] of CASES) {
  Deno.test(`${kind.plural}.warnings() tells labels of nodes that are going away`, () => {
    const { object } = kind.schema.decode({ metadata: { name: "a" }, ...body });
    assert.deepEqual(kind.warnings?.(object), expected);
  });
}
