import assert from "node:assert/strict";
import {
  cellsOf,
  changeFindings,
  findings,
  type Loose,
  newObject,
} from "../testing/findings.ts";
import { persistentVolumeClaims } from "./persistent_volume_claim.ts";

const base = {
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage: "2Gi" } },
};
const sized = (storage: string) => ({
  ...base,
  resources: { requests: { storage } },
});
const CHANGED =
  "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

Deno.test("persistentVolumeClaims fill old and new name of the source in from each other", () => {
  const source = { kind: "PersistentVolumeClaim", name: "old" };
  const made = (spec: object) => {
    const { dataSource, dataSourceRef } = newObject(persistentVolumeClaims, {
      spec: { ...base, ...spec },
    })["spec"];
    return [dataSource, dataSourceRef];
  };
  assert.deepEqual(made({ dataSource: source }), [source, source]);
  assert.deepEqual(made({ dataSourceRef: source }), [source, source]);
  const other = { apiGroup: "acme.io", kind: "Backup", name: "b" };
  assert.deepEqual(made({ dataSource: other }), [undefined, undefined]);
  assert.deepEqual(made({ dataSourceRef: other }), [other, other]);
  const far = { ...other, namespace: "elsewhere" };
  assert.deepEqual(made({ dataSourceRef: far }), [undefined, far]);
});

const WRONG: readonly (readonly [Loose, readonly string[]])[] = [
  [base, []],
  [
    {},
    [
      "spec.accessModes: Required value: at least 1 access mode is required",
      "spec.resources[storage]: Required value",
    ],
  ],
  [
    sized("0"),
    ['spec.resources[storage]: Invalid value: "0": must be greater than zero'],
  ],
  [
    { ...base, volumeMode: "Tape", storageClassName: "Fast" },
    [
      "spec.storageClassName: Invalid value: \"Fast\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
    ],
  ],
  [
    { ...base, dataSourceRef: { kind: "Backup", name: "b" } },
    [
      "spec.dataSource: Invalid value: \"Backup\": must be 'PersistentVolumeClaim' when referencing the default apiGroup",
      "spec.dataSourceRef: Invalid value: \"Backup\": must be 'PersistentVolumeClaim' when referencing the default apiGroup",
    ],
  ],
];

for (const [spec, expected] of WRONG) {
  Deno.test(`persistentVolumeClaims.validate() says: ${expected[0] ?? "nothing"}`, () => {
    assert.deepEqual(findings(persistentVolumeClaims, { spec }), expected);
  });
}

const bound = { phase: "Bound", capacity: { storage: "1Gi" } };
const named = { ...base, volumeName: "v" };

const CHANGES: readonly (readonly [
  string,
  Loose,
  Loose,
  readonly string[],
])[] = [
  ["the volume, once", { spec: base }, { spec: named }, []],
  [
    "another volume",
    { spec: named },
    { spec: { ...named, volumeName: "w" } },
    [CHANGED],
  ],
  ["the size before there is a volume", { spec: base }, {
    spec: sized("3Gi"),
  }, [CHANGED]],
  ["a larger size", { spec: base, status: bound }, { spec: sized("3Gi") }, []],
  [
    "a growth that is taken back",
    { spec: base, status: bound },
    { spec: sized("1500Mi") },
    [],
  ],
  [
    "less than there is",
    { spec: base, status: bound },
    { spec: sized("1Gi") },
    [
      "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity",
    ],
  ],
  [
    "other access modes",
    { spec: base, status: bound },
    { spec: { ...base, accessModes: ["ReadOnlyMany"] } },
    [CHANGED],
  ],
  [
    "a class where there was none",
    { spec: base },
    { spec: { ...base, storageClassName: "fast" } },
    [],
  ],
  [
    "another class",
    { spec: { ...base, storageClassName: "slow" } },
    { spec: { ...base, storageClassName: "fast" } },
    [CHANGED],
  ],
  [
    "no attributes where there are some",
    {
      spec: { ...base, volumeAttributesClassName: "gold" },
      status: { ...bound, currentVolumeAttributesClassName: "gold" },
    },
    { spec: base },
    [
      "spec.volumeAttributesClassName: Forbidden: update to nil is forbidden when status.currentVolumeAttributesClassName is not nil",
    ],
  ],
];

for (const [what, before, after, expected] of CHANGES) {
  Deno.test(`persistentVolumeClaims.validateUpdate() on ${what} says: ${expected[0] ?? "nothing"}`, () => {
    assert.deepEqual(
      changeFindings(persistentVolumeClaims, [before, after]),
      expected,
    );
  });
}

Deno.test("persistentVolumeClaims.validateStatusUpdate() knows how resizing goes", () => {
  const status = {
    allocatedResourceStatuses: { storage: "Growing", cpu: "NodeResizePending" },
  };
  assert.deepEqual(
    changeFindings(
      persistentVolumeClaims,
      [{ spec: base, status: bound }, { spec: base, status }],
      "status",
    ),
    [
      'status.allocatedResourceStatuses: Unsupported value: "storage": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
      'status.allocatedResourceStatuses: Unsupported value: "cpu": supported values: "storage"',
    ],
  );
});

Deno.test("persistentVolumeClaims.columns show what kubectl get persistentvolumeclaims shows", () => {
  const object = newObject(persistentVolumeClaims, {
    spec: { ...named, storageClassName: "fast" },
  });
  object["status"] = { ...bound, accessModes: ["ReadWriteOnce"] };
  assert.deepEqual(cellsOf(persistentVolumeClaims, object), {
    Name: "a",
    Status: "Bound",
    Volume: "v",
    Capacity: "1Gi",
    "Access Modes": "RWO",
    StorageClass: "fast",
    VolumeAttributesClass: "<unset>",
    Age: "<unknown>",
    VolumeMode: "Filesystem",
  });
});
