import assert from "node:assert/strict";
import { startHarness } from "../../apiserver/testing/harness.ts";
import { causesOf, tableOf } from "../testing/table.ts";

const GROUP = "storage.k8s.io/v1";
const of = (kind: string, more: object, metadata: object = {}) => ({
  apiVersion: GROUP,
  kind,
  metadata: { name: "a", ...metadata },
  ...more,
});

Deno.test("a StorageClass shows that it is the default one, and keeps its provisioner", async () => {
  await using server = await startHarness();
  const path = `/apis/${GROUP}/storageclasses`;
  const body = of("StorageClass", { provisioner: "example.com/disk" }, {
    annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
  });
  await server.json("POST", path, { body });
  assert.deepEqual(await tableOf(server, path), [{
    Name: "a (default)",
    Provisioner: "example.com/disk",
    ReclaimPolicy: "Delete",
    VolumeBindingMode: "Immediate",
    AllowVolumeExpansion: false,
  }]);
  const answer = await server.ask("PATCH", `${path}/a`, {
    body: { provisioner: "example.com/other", allowVolumeExpansion: true },
  });
  assert.deepEqual(await causesOf(answer), {
    status: 422,
    causes: [
      'provisioner: Invalid value: "example.com/other": field is immutable',
    ],
  });
});

Deno.test("a CSIDriver counts its changes, and warns of tokens that may be logged", async () => {
  await using server = await startHarness();
  const path = `/apis/${GROUP}/csidrivers`;
  const made = await server.json("POST", path, {
    body: of("CSIDriver", { spec: { podInfoOnMount: true } }),
  });
  assert.equal(made.metadata.generation, undefined);
  const answer = await server.ask("PATCH", `${path}/a`, {
    body: { spec: { tokenRequests: [{ audience: "vault" }] } },
  });
  assert.match(answer.headers.get("warning") ?? "", /TokenInSecrets is unset/);
  assert.equal((await answer.json()).metadata.generation, 1);
  assert.deepEqual(await tableOf(server, path), [{
    Name: "a",
    AttachRequired: true,
    PodInfoOnMount: true,
    StorageCapacity: false,
    TokenRequests: "vault",
    RequiresRepublish: false,
    Modes: "Persistent",
  }]);
});

Deno.test("a VolumeAttachment's status is written by its attacher alone", async () => {
  await using server = await startHarness();
  const path = `/apis/${GROUP}/volumeattachments`;
  const source = { persistentVolumeName: "pv" };
  const made = await server.json("POST", path, {
    body: of("VolumeAttachment", {
      spec: { attacher: "disk.example.com", nodeName: "n", source },
      status: { attached: true },
    }),
  });
  assert.notEqual(made.status?.attached, true);
  await server.json("PATCH", `${path}/a/status`, {
    body: { status: { attached: true } },
  });
  assert.deepEqual(await tableOf(server, path), [{
    Name: "a",
    Attacher: "disk.example.com",
    PV: "pv",
    Node: "n",
    Attached: true,
  }]);
});

Deno.test("a CSINode, a CSIStorageCapacity and a VolumeAttributesClass show what they are", async () => {
  await using server = await startHarness();
  const make = (path: string, body: object) =>
    server.json("POST", `/apis/${GROUP}/${path}`, { body });
  await make(
    "csinodes",
    of("CSINode", {
      spec: { drivers: [{ name: "d", nodeID: "1", topologyKeys: [] }] },
    }),
  );
  await make(
    "namespaces/default/csistoragecapacities",
    of("CSIStorageCapacity", { storageClassName: "fast", capacity: "1024Mi" }),
  );
  await make(
    "volumeattributesclasses",
    of("VolumeAttributesClass", { driverName: "d", parameters: { iops: "1" } }),
  );
  const shown = (path: string) => tableOf(server, `/apis/${GROUP}/${path}`);
  assert.deepEqual(await shown("csinodes"), [{ Name: "a", Drivers: 1 }]);
  assert.deepEqual(await shown("csistoragecapacities"), [
    { Name: "a", StorageClassName: "fast", Capacity: "1Gi" },
  ]);
  assert.deepEqual(await shown("volumeattributesclasses"), [
    { Name: "a", DriverName: "d" },
  ]);
});
