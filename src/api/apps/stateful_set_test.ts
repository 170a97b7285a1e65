import assert from "node:assert/strict";
import {
  cellsOf,
  changeFindings,
  findings,
  newObject,
} from "../testing/findings.ts";
import { statefulSets } from "./stateful_set.ts";

const template = {
  metadata: { labels: { app: "db" } },
  spec: { containers: [{ name: "c", image: "i:1" }] },
};
const base = {
  selector: { matchLabels: { app: "db" } },
  template,
  serviceName: "db",
};
const claim = (spec: object = {}) => ({
  metadata: { name: "data" },
  spec: {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Gi" } },
    ...spec,
  },
});

Deno.test("statefulSets.setDefaults() fills in what kube-apiserver fills in", () => {
  const { spec, status, metadata } = newObject(statefulSets, {
    spec: { ...base, volumeClaimTemplates: [claim()] },
  });
  assert.equal(metadata.generation, 1);
  assert.deepEqual(status, { replicas: 0, availableReplicas: 0 });
  assert.equal(spec.replicas, 1);
  assert.equal(spec.podManagementPolicy, "OrderedReady");
  assert.equal(spec.revisionHistoryLimit, 10);
  assert.deepEqual(spec.updateStrategy, {
    type: "RollingUpdate",
    rollingUpdate: { partition: 0 },
  });
  assert.deepEqual(spec.persistentVolumeClaimRetentionPolicy, {
    whenDeleted: "Retain",
    whenScaled: "Retain",
  });
  const [made] = spec.volumeClaimTemplates;
  assert.equal(made.kind, "PersistentVolumeClaim");
  assert.equal(made.apiVersion, "v1");
  assert.equal(made.spec.volumeMode, "Filesystem");
  assert.deepEqual(made.status, { phase: "Pending" });
});

Deno.test("statefulSets drops maxUnavailable, which belongs to a feature that is off", () => {
  const updateStrategy = {
    type: "RollingUpdate",
    rollingUpdate: { maxUnavailable: 2 },
  };
  const { spec } = newObject(statefulSets, {
    spec: { ...base, updateStrategy },
  });
  assert.deepEqual(spec.updateStrategy.rollingUpdate, { partition: 0 });
});

const WRONG: readonly (readonly [object, readonly string[]])[] = [
  [{}, []],
  [
    { podManagementPolicy: "Sorted" },
    [
      "spec.podManagementPolicy: Invalid value: \"Sorted\": must be 'OrderedReady' or 'Parallel'",
    ],
  ],
  [
    { updateStrategy: { type: "OnDelete", rollingUpdate: { partition: 1 } } },
    [
      'spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy \'RollingUpdate\'',
    ],
  ],
  [
    { persistentVolumeClaimRetentionPolicy: { whenScaled: "Keep" } },
    [
      'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Keep": supported values: "Retain", "Delete"',
    ],
  ],
  [
    { volumeClaimTemplates: [claim({ accessModes: [] })] },
    [
      "spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required",
    ],
  ],
  [
    { serviceName: "a.b", ordinals: { start: -1 } },
    [
      "spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0",
      'spec.serviceName: Invalid value: "a.b": must not contain dots',
    ],
  ],
  [
    {
      template: {
        ...template,
        spec: { ...template.spec, restartPolicy: "Never" },
      },
    },
    [
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
  ],
];

for (const [more, expected] of WRONG) {
  Deno.test(`statefulSets.validate() says: ${expected[0] ?? "nothing"}`, () => {
    assert.deepEqual(
      findings(statefulSets, { spec: { ...base, ...more } }),
      expected,
    );
  });
}

Deno.test("statefulSets.validate() lets the template mount the volumes of the claims", () => {
  const containers = [{
    name: "c",
    image: "i:1",
    volumeMounts: [{ name: "data", mountPath: "/data" }],
  }];
  const spec = { ...base, template: { ...template, spec: { containers } } };
  assert.deepEqual(
    findings(statefulSets, {
      spec: { ...spec, volumeClaimTemplates: [claim()] },
    }),
    [],
  );
  assert.match(findings(statefulSets, { spec })[0]!, /Not found: "data"/);
});

Deno.test("statefulSets.validate() wants a name that can be a host's", () => {
  assert.match(
    findings(statefulSets, { metadata: { name: "a.b" }, spec: base })[0]!,
    /must not contain dots/,
  );
});

Deno.test("statefulSets.validateUpdate() lets change what kube-apiserver lets change", () => {
  const spec = { ...base, volumeClaimTemplates: [claim()] };
  const other = {
    replicas: 3,
    ordinals: { start: 1 },
    minReadySeconds: 4,
    revisionHistoryLimit: 2,
    updateStrategy: { type: "OnDelete" },
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" },
    template: {
      ...template,
      spec: { containers: [{ name: "c", image: "i:2" }] },
    },
  };
  assert.deepEqual(
    changeFindings(statefulSets, [{ spec }, { spec: { ...spec, ...other } }]),
    [],
  );
  const refused = [
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
  ];
  for (
    const fixed of [
      { serviceName: "other" },
      { podManagementPolicy: "Parallel" },
      {
        volumeClaimTemplates: [
          claim({ resources: { requests: { storage: "2Gi" } } }),
        ],
      },
    ]
  ) {
    assert.deepEqual(
      changeFindings(statefulSets, [{ spec }, { spec: { ...spec, ...fixed } }]),
      refused,
    );
  }
});

Deno.test("statefulSets.validateStatusUpdate() refuses figures that contradict each other", () => {
  const status = { replicas: 1, readyReplicas: 2, availableReplicas: 3 };
  assert.deepEqual(
    changeFindings(
      statefulSets,
      [{ spec: base, status: { replicas: 1, collisionCount: 2 } }, {
        spec: base,
        status,
      }],
      "status",
    ),
    [
      "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
      "status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas",
      "status.availableReplicas: Invalid value: 3: cannot be greater than status.readyReplicas",
      "status.collisionCount: Invalid value: 0: cannot be decremented",
    ],
  );
});

Deno.test("statefulSets.warnings() tells of sizes in parts of a byte", () => {
  const resources = { requests: { storage: "1500m" } };
  const object = newObject(statefulSets, {
    spec: { ...base, volumeClaimTemplates: [claim({ resources })] },
  });
  assert.deepEqual(statefulSets.warnings?.(object as never), [
    'spec.volumeClaimTemplates[0].resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
  ]);
});

Deno.test("statefulSets.columns show what kubectl get statefulsets shows", () => {
  const object = newObject(statefulSets, { spec: { ...base, replicas: 3 } });
  object["status"].readyReplicas = 2;
  assert.deepEqual(cellsOf(statefulSets, object), {
    Name: "a",
    Ready: "2/3",
    Age: "<unknown>",
    Containers: "c",
    Images: "i:1",
  });
});
