import assert from "node:assert/strict";
import {
  cellsOf,
  changeFindings,
  findings,
  type Loose,
  newObject,
  TEST_CONTEXT,
} from "../testing/findings.ts";
import { persistentVolumes } from "./persistent_volume.ts";

const base = {
  capacity: { storage: "1Gi" },
  accessModes: ["ReadWriteOnce"],
  hostPath: { path: "/data" },
};
const { hostPath: _, ...bare } = base;

Deno.test("persistentVolumes.setDefaults() fills in what kube-apiserver fills in", () => {
  const { spec, status } = newObject(persistentVolumes, { spec: base });
  assert.deepEqual(spec, {
    ...base,
    hostPath: { path: "/data", type: "" },
    persistentVolumeReclaimPolicy: "Retain",
    volumeMode: "Filesystem",
  });
  assert.deepEqual(status, {
    phase: "Pending",
    lastPhaseTransitionTime: "1970-01-01T00:00:00Z",
  });
});

const WRONG: readonly (readonly [Loose, readonly string[]])[] = [
  [base, []],
  [
    {},
    [
      "spec.accessModes: Required value",
      "spec.capacity: Required value",
      'spec.capacity: Unsupported value: null: supported values: "storage"',
      "spec: Required value: must specify a volume type",
    ],
  ],
  [
    { ...base, accessModes: ["ReadWriteOncePod", "ReadOnlyMany", "x"] },
    [
      'spec.accessModes: Unsupported value: "x": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
    ],
  ],
  [
    { ...base, capacity: { storage: "0" } },
    ['spec.capacity[storage]: Invalid value: "0": must be greater than zero'],
  ],
  [
    { ...base, nfs: { server: "s", path: "/p" } },
    ["spec.nfs: Forbidden: may not specify more than 1 volume type"],
  ],
  [
    { ...bare, local: { path: "/x" } },
    ["spec.nodeAffinity: Required value: Local volume requires node affinity"],
  ],
  [
    {
      ...base,
      hostPath: { path: "/" },
      persistentVolumeReclaimPolicy: "Recycle",
    },
    [
      "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
    ],
  ],
  [
    { ...bare, csi: { driver: "", volumeHandle: "" } },
    [
      "spec.csi.driver: Required value",
      "spec.csi.volumeHandle: Required value",
    ],
  ],
  [
    { ...base, volumeAttributesClassName: "gold" },
    [
      "spec.csi: Required value: has to be specified when using volumeAttributesClassName",
    ],
  ],
  [
    { ...bare, fc: { targetWWNs: ["a"], lun: 256 } },
    ["spec.fc.lun: Invalid value: 256: must be between 0 and 255, inclusive"],
  ],
  [
    { ...bare, iscsi: { targetPortal: "t", iqn: "iqn.x", lun: 1 } },
    ['spec.iscsi.iqn: Invalid value: "iqn.x": must be valid format'],
  ],
];

for (const [spec, expected] of WRONG) {
  Deno.test(`persistentVolumes.validate() says: ${expected[0] ?? "nothing"}`, () => {
    assert.deepEqual(findings(persistentVolumes, { spec }), expected);
  });
}

const zoned = (key: string) => ({
  ...base,
  nodeAffinity: {
    required: {
      nodeSelectorTerms: [{
        matchExpressions: [{ key, operator: "In", values: ["a"] }],
      }],
    },
  },
});

const CHANGES: readonly (readonly [string, Loose, Loose, readonly string[]])[] =
  [
    [
      "another source",
      base,
      { ...base, hostPath: { path: "/other" } },
      [
        "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation",
      ],
    ],
    [
      "size, class and policy",
      base,
      {
        ...base,
        capacity: { storage: "2Gi" },
        storageClassName: "fast",
        persistentVolumeReclaimPolicy: "Delete",
      },
      [],
    ],
    [
      "a secret for growing",
      { ...bare, csi: { driver: "d.io", volumeHandle: "h" } },
      {
        ...bare,
        csi: {
          driver: "d.io",
          volumeHandle: "h",
          controllerExpandSecretRef: { name: "s", namespace: "n" },
        },
      },
      [],
    ],
    [
      "the new name of a label",
      zoned("failure-domain.beta.kubernetes.io/zone"),
      zoned("topology.kubernetes.io/zone"),
      [],
    ],
    [
      "other nodes",
      zoned("a"),
      zoned("b"),
      [
        'nodeAffinity: Invalid value: {"required":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"b","operator":"In","values":["a"]}]}]}}: field is immutable, except for updating from beta label to GA',
      ],
    ],
  ];

for (const [what, before, after, expected] of CHANGES) {
  Deno.test(`persistentVolumes.validateUpdate() on ${what} says: ${expected[0] ?? "nothing"}`, () => {
    assert.deepEqual(
      changeFindings(persistentVolumes, [{ spec: before }, { spec: after }]),
      expected,
    );
  });
}

Deno.test("persistentVolumes.prepareForStatusUpdate() notes when the phase changes", () => {
  const before = newObject(persistentVolumes, { spec: base });
  const change = (status: Loose) => {
    const next = structuredClone(before);
    next["status"] = status;
    persistentVolumes.prepareForStatusUpdate?.(next as never, before as never, {
      ...TEST_CONTEXT,
      now: 60_000,
    });
    return next["status"].lastPhaseTransitionTime;
  };
  assert.equal(change({ phase: "Pending" }), "1970-01-01T00:00:00Z");
  assert.equal(change({ phase: "Bound" }), "1970-01-01T00:01:00Z");
  const own = "2026-01-01T00:00:00Z";
  assert.equal(change({ phase: "Bound", lastPhaseTransitionTime: own }), own);
});

Deno.test("persistentVolumes.warnings() tells of what nothing serves any more", () => {
  const object = newObject(persistentVolumes, {
    metadata: {
      annotations: { "volume.beta.kubernetes.io/storage-class": "x" },
    },
    spec: {
      ...zoned("beta.kubernetes.io/os"),
      persistentVolumeReclaimPolicy: "Recycle",
    },
  });
  assert.deepEqual(persistentVolumes.warnings?.(object as never), [
    'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
    "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
    'spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead',
  ]);
});

Deno.test("persistentVolumes.columns show what kubectl get persistentvolumes shows", () => {
  const object = newObject(persistentVolumes, {
    spec: {
      ...base,
      accessModes: ["ReadOnlyMany", "ReadWriteOnce", "ReadOnlyMany"],
      claimRef: { namespace: "shop", name: "data" },
      storageClassName: "fast",
    },
  });
  assert.deepEqual(cellsOf(persistentVolumes, object), {
    Name: "a",
    Capacity: "1Gi",
    "Access Modes": "RWO,ROX",
    "Reclaim Policy": "Retain",
    Status: "Pending",
    Claim: "shop/data",
    StorageClass: "fast",
    VolumeAttributesClass: "<unset>",
    Reason: "",
    Age: "<unknown>",
    VolumeMode: "Filesystem",
  });
});
