import assert from "node:assert/strict";
import { withBench } from "../../testing/controller_bench.ts";
import type { FakeApi } from "../../testing/fake_api.ts";
import {
  CLAIMS,
  claimState,
  putClaim,
  putClass,
  VOLUMES,
  volumeState,
  wire,
} from "../../testing/volume_objects.ts";

const NODES = "/api/v1/nodes";
const UID = "00000000-0000-4000-8000-000000000001";
const VOLUME = `pvc-${UID}`;
const FOLDER = `pvc-${UID}_default_data`;
const REMOVAL = `DELETE /var/lib/wherry/storage/${FOLDER}`;

function putNode(
  api: FakeApi,
  { ready = true, folder = "/var/lib/wherry/storage" } = {},
): void {
  api.put(NODES, {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: "n1",
      labels: { "kubernetes.io/hostname": "host-1" },
      ...folder !== "" && {
        annotations: { "wherry.dev/local-storage": folder },
      },
    },
    spec: {},
    status: {
      conditions: [{ type: "Ready", status: ready ? "True" : "Unknown" }],
    },
  });
}

function putSelected(
  api: FakeApi,
  { spec = {}, node = "n1" }: { spec?: object; node?: string } = {},
): void {
  putClaim(api, "data", {
    metadata: {
      uid: UID,
      annotations: { "volume.kubernetes.io/selected-node": node },
    },
    spec: { storageClassName: "local-path", ...spec },
  });
}

function putLocalClass(api: FakeApi, fields: object = {}): void {
  putClass(api, "local-path", {
    delayed: true,
    provisioner: "wherry.dev/local-path",
    ...fields,
  });
}

/** What the node answers when it is to remove a folder. */
function answers(
  api: FakeApi,
  status: number,
  text = "",
): { readonly asked: string[] } {
  const asked: string[] = [];
  api.intercept = (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (!pathname.endsWith("/n1/proxy/wherry/storage")) return undefined;
    asked.push(`${request.method} ${searchParams.get("path")}`);
    return new Response(text, { status });
  };
  return { asked };
}

Deno.test("LocalPathProvisioner makes a volume on the node that was chosen", () =>
  withBench(wire, async ({ host, api, events, writes }) => {
    putNode(api);
    putLocalClass(api);
    putSelected(api);
    await host.settle();
    const { metadata, spec } = api.object(`${VOLUMES}/${VOLUME}`);
    assert.deepEqual(metadata.annotations, {
      "local.path.provisioner/selected-node": "n1",
      "pv.kubernetes.io/provisioned-by": "wherry.dev/local-path",
    });
    assert.deepEqual(metadata.finalizers, [
      "external-provisioner.volume.kubernetes.io/finalizer",
    ]);
    const { resourceVersion: _, ...claimRef } = spec.claimRef;
    assert.deepEqual({ ...spec, claimRef }, {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      volumeMode: "Filesystem",
      hostPath: {
        path: `/var/lib/wherry/storage/${FOLDER}`,
        type: "DirectoryOrCreate",
      },
      claimRef: {
        kind: "PersistentVolumeClaim",
        apiVersion: "v1",
        namespace: "default",
        name: "data",
        uid: UID,
      },
      persistentVolumeReclaimPolicy: "Delete",
      storageClassName: "local-path",
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{
            matchExpressions: [{
              key: "kubernetes.io/hostname",
              operator: "In",
              values: ["host-1"],
            }],
          }],
        },
      },
    });
    assert.equal(claimState(api, "data"), `Bound ${VOLUME}`);
    assert.deepEqual((await events()).slice(1), [
      'Normal Provisioning External provisioner is provisioning volume for claim "default/data"',
      `Normal ProvisioningSucceeded Successfully provisioned volume ${VOLUME}`,
    ]);
    writes();
    await host.advance(3_600_000);
    assert.deepEqual(writes(), []);
    assert.equal(host.timers, 0);
  }));

Deno.test("LocalPathProvisioner has the folder removed, then lets the volume go", () =>
  withBench(wire, async ({ host, api }) => {
    putNode(api);
    putLocalClass(api);
    putSelected(api);
    await host.settle();
    const { asked } = answers(api, 200);
    api.remove(`${CLAIMS}/data`);
    await host.settle();
    assert.deepEqual(asked, [REMOVAL]);
    assert.equal(volumeState(api, VOLUME), "gone");
    await host.advance(1_000); // events are written
    assert.equal(host.timers, 0);
  }));

Deno.test("LocalPathProvisioner waits for a node that is away, and asks it when it is back", () =>
  withBench(wire, async ({ host, api, events }) => {
    putNode(api);
    putLocalClass(api);
    putSelected(api);
    await host.settle();
    putNode(api, { ready: false });
    const away = answers(api, 503);
    api.remove(`${CLAIMS}/data`);
    await host.advance(3_600_000);
    assert.deepEqual(away.asked, [REMOVAL]); // and not again
    assert.equal(volumeState(api, VOLUME), "Released data");
    assert.equal(
      (await events()).at(-1),
      `Normal VolumeDelete Waiting for node "n1" to be back: it has the volume's folder`,
    );
    const back = answers(api, 200);
    putNode(api);
    await host.settle();
    assert.deepEqual(back.asked, [REMOVAL]);
    assert.equal(volumeState(api, VOLUME), "gone");
  }));

Deno.test("LocalPathProvisioner asks again when the node could not, and gives up on a node that is gone", () =>
  withBench(wire, async ({ host, api, events }) => {
    putNode(api);
    putLocalClass(api);
    putSelected(api);
    await host.settle();
    const busy = answers(api, 500, "a pod of this node still uses it");
    api.remove(`${CLAIMS}/data`);
    await host.advance(10_000);
    assert.ok(busy.asked.length > 3);
    assert.equal(volumeState(api, VOLUME), "Released data");
    assert.equal(
      (await events()).at(-1),
      "Warning VolumeFailedDelete a pod of this node still uses it",
    );
    api.remove(`${NODES}/n1`);
    await host.settle();
    assert.equal(volumeState(api, VOLUME), "gone");
    assert.equal(
      (await events()).at(-1),
      'Warning VolumeDelete Node "n1" is gone: the folder of the volume was not removed',
    );
  }));

Deno.test("LocalPathProvisioner leaves what is to be retained, and lets its owner delete it", () =>
  withBench(wire, async ({ host, api }) => {
    putNode(api);
    putLocalClass(api);
    putSelected(api);
    await host.settle();
    api.change(
      `${VOLUMES}/${VOLUME}`,
      ({ spec }) => spec.persistentVolumeReclaimPolicy = "Retain",
    );
    const { asked } = answers(api, 200);
    api.remove(`${CLAIMS}/data`);
    await host.settle();
    assert.equal(volumeState(api, VOLUME), "Released data");
    api.change(
      `${VOLUMES}/${VOLUME}`,
      ({ metadata }) => metadata.deletionTimestamp = "2026-01-01T00:00:00Z",
    );
    await host.settle();
    assert.deepEqual(
      api.object(`${VOLUMES}/${VOLUME}`)?.metadata.finalizers ?? [],
      [],
    );
    assert.deepEqual(asked, []);
  }));

for (
  const [what, spec, fields, words] of [
    [
      "access modes",
      { accessModes: ["ReadWriteMany"] },
      {},
      "NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes",
    ],
    ["selectors", { selector: {} }, {}, "claim.Spec.Selector is not supported"],
    [
      "block devices",
      { volumeMode: "Block" },
      {},
      "a folder cannot be a block device: volumeMode must be Filesystem",
    ],
    [
      "parameters",
      {},
      { parameters: { pathPattern: "x" } },
      'StorageClass parameter "pathPattern" is not supported',
    ],
  ] as const
) {
  Deno.test(`LocalPathProvisioner refuses ${what} that it does not know`, () =>
    withBench(wire, async ({ host, api, events }) => {
      putNode(api);
      putLocalClass(api, fields);
      putSelected(api, { spec });
      await host.advance(60_000);
      assert.deepEqual(api.objects("persistentvolumes"), []);
      assert.deepEqual((await events()).slice(1), [
        `Warning ProvisioningFailed failed to provision volume with StorageClass "local-path": ${words}`,
      ]);
    }));
}

for (
  const [what, node, words] of [
    ["is gone", "n2", 'failed to get target node: node "n2" not found'],
    [
      "has no folder",
      "n1",
      'node "n1" has no folder for volumes: annotation wherry.dev/local-storage is missing',
    ],
  ] as const
) {
  Deno.test(`LocalPathProvisioner sends a claim back to the scheduler when its node ${what}`, () =>
    withBench(wire, async ({ host, api, events }) => {
      putNode(api, { folder: "" });
      putLocalClass(api);
      putSelected(api, { node });
      await host.settle();
      assert.equal(
        api.object(`${CLAIMS}/data`).metadata
          .annotations["volume.kubernetes.io/selected-node"],
        undefined,
      );
      assert.ok((await events()).some((text) => text.endsWith(words)));
    }));
}
