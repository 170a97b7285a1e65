import assert from "node:assert/strict";
import { withBench } from "../../testing/controller_bench.ts";
import {
  CLAIMS,
  claimState,
  PODS,
  putClaim,
  putClass,
  putPod,
  putVolume,
  VOLUMES,
  volumeState,
  wire,
} from "../../testing/volume_objects.ts";

Deno.test("VolumeBinder gives a claim the smallest volume that is large enough, and rests", () =>
  withBench(wire, async ({ host, api, writes }) => {
    putVolume(api, "large", { size: "10Gi" });
    putVolume(api, "small", { size: "500Mi" });
    putVolume(api, "right", { size: "2Gi" });
    await host.settle();
    assert.equal(volumeState(api, "right"), "Available -");
    putClaim(api, "data");
    await host.settle();
    assert.equal(claimState(api, "data"), "Bound right");
    assert.equal(volumeState(api, "right"), "Bound data");
    const claim = api.object(`${CLAIMS}/data`);
    assert.deepEqual(claim.metadata.annotations, {
      "pv.kubernetes.io/bind-completed": "yes",
      "pv.kubernetes.io/bound-by-controller": "yes",
    });
    assert.deepEqual(claim.status, {
      phase: "Bound",
      accessModes: ["ReadWriteOnce"],
      capacity: { storage: "2Gi" },
    });
    const volume = api.object(`${VOLUMES}/right`);
    assert.equal(volume.spec.claimRef.uid, claim.metadata.uid);
    assert.deepEqual(volume.metadata.annotations, {
      "pv.kubernetes.io/bound-by-controller": "yes",
    });
    writes();
    api.change(
      `${CLAIMS}/data`,
      (it) => it.metadata.labels = { seen: "again" },
    );
    api.change(`${VOLUMES}/right`, (it) => it.metadata.labels = { a: "b" });
    await host.advance(3_600_000);
    assert.deepEqual(writes(), []);
    assert.equal(host.timers, 0);
  }));

Deno.test("VolumeBinder says why a claim waits, once, and binds it when a volume comes", () =>
  withBench(wire, async ({ host, api, events }) => {
    putClaim(api, "data", { size: "3Gi" });
    putVolume(api, "small");
    await host.settle();
    await host.advance(60_000);
    assert.deepEqual(await events(), [
      "Normal FailedBinding no persistent volumes available for this claim and no storage class is set",
    ]);
    assert.equal(claimState(api, "data"), "Pending -");
    putVolume(api, "late", { size: "3Gi" });
    await host.settle();
    assert.equal(claimState(api, "data"), "Bound late");
  }));

Deno.test("VolumeBinder looks at selector, class, modes and volumeMode", () =>
  withBench(wire, async ({ host, api }) => {
    const disk = { metadata: { labels: { disk: "ssd" } } };
    putVolume(api, "unlabelled");
    putVolume(api, "classy", { ...disk, spec: { storageClassName: "gold" } });
    putVolume(api, "block", { ...disk, spec: { volumeMode: "Block" } });
    putVolume(api, "shared", {
      ...disk,
      spec: { accessModes: ["ReadWriteOnce", "ReadWriteMany"] },
    });
    putVolume(api, "single", { ...disk, size: "5Gi" });
    await host.settle();
    const selector = { matchLabels: { disk: "ssd" } };
    putClaim(api, "a", { spec: { selector } });
    await host.settle();
    // Fewer access modes count more than size.
    assert.equal(claimState(api, "a"), "Bound single");
    putClaim(api, "b", { spec: { selector } });
    await host.settle();
    assert.equal(claimState(api, "b"), "Bound shared");
    putClaim(api, "c", { spec: { selector } });
    putClaim(api, "d", { spec: { selector, volumeMode: "Block" } });
    putClaim(api, "e", { spec: { storageClassName: "gold" } });
    await host.settle();
    assert.equal(claimState(api, "c"), "Pending -");
    assert.equal(claimState(api, "d"), "Bound block");
    assert.equal(claimState(api, "e"), "Bound classy");
  }));

Deno.test("VolumeBinder binds volumes that are kept for a claim, and claims that name their volume", () =>
  withBench(wire, async ({ host, api, events }) => {
    putVolume(api, "kept", {
      size: "9Gi",
      spec: { claimRef: { namespace: "default", name: "data" } },
    });
    putVolume(api, "smaller");
    await host.settle();
    assert.equal(volumeState(api, "kept"), "Available data");
    putClaim(api, "data");
    putClaim(api, "tiny", { spec: { volumeName: "smaller" } });
    putClaim(api, "greedy", { size: "9Ti", spec: { volumeName: "free" } });
    await host.settle();
    assert.equal(claimState(api, "data"), "Bound kept");
    assert.equal(api.object(`${VOLUMES}/kept`).metadata.annotations, undefined);
    assert.equal(claimState(api, "tiny"), "Bound smaller");
    assert.equal(claimState(api, "greedy"), "Pending free");
    putVolume(api, "free");
    putClaim(api, "thief", { spec: { volumeName: "kept" } });
    await host.settle();
    assert.equal(claimState(api, "greedy"), "Pending free");
    assert.equal(claimState(api, "thief"), "Pending kept");
    assert.deepEqual(await events(), [
      'Warning VolumeMismatch Cannot bind to requested volume "free": requested PV is too small',
      'Warning FailedBinding volume "kept" already bound to a different claim.',
    ]);
  }));

Deno.test("VolumeBinder leaves claims that wait for a consumer to the scheduler, and says for what they wait", () =>
  withBench(wire, async ({ host, api, events }) => {
    putClass(api, "late", { delayed: true });
    const spec = { storageClassName: "late" };
    putVolume(api, "free", { spec });
    putClaim(api, "data", { spec });
    await host.settle();
    putPod(api, "web", "data");
    await host.settle();
    putPod(api, "web-2", "data");
    await host.settle();
    assert.equal(claimState(api, "data"), "Pending -");
    api.change(
      `${CLAIMS}/data`,
      ({ metadata }) =>
        metadata.annotations = { "volume.kubernetes.io/selected-node": "n1" },
    );
    await host.settle();
    assert.deepEqual(await events(), [
      "Normal WaitForFirstConsumer waiting for first consumer to be created before binding",
      "Normal WaitForPodScheduled waiting for pod web to be scheduled",
      "Normal WaitForPodScheduled waiting for pods web,web-2 to be scheduled",
      "Normal ExternalProvisioning Waiting for a volume to be created either by the external provisioner 'example.com/disks' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
    ]);
    assert.equal(
      api.object(`${CLAIMS}/data`).metadata
        .annotations["volume.kubernetes.io/storage-provisioner"],
      "example.com/disks",
    );
    // The scheduler chose: it writes the volume, and the binder does the rest.
    api.change(`${VOLUMES}/free`, (volume) => {
      const { uid } = api.object(`${CLAIMS}/data`).metadata;
      volume.spec.claimRef = { namespace: "default", name: "data", uid };
    });
    await host.settle();
    assert.equal(claimState(api, "data"), "Bound free");
    assert.ok(api.object(`${PODS}/web`));
  }));

Deno.test("VolumeBinder gives the default class to claims that name none, when there is one at last", () =>
  withBench(wire, async ({ host, api, events }) => {
    putClaim(api, "data", { spec: { storageClassName: undefined } });
    putClaim(api, "none");
    await host.settle();
    putClass(api, "std", { isDefault: true, delayed: true });
    await host.settle();
    assert.equal(api.object(`${CLAIMS}/data`).spec.storageClassName, "std");
    assert.equal(api.object(`${CLAIMS}/none`).spec.storageClassName, "");
    putClaim(api, "unknown", { spec: { storageClassName: "x" } });
    putClass(api, "in-tree", { provisioner: "kubernetes.io/no-provisioner" });
    putClaim(api, "static", { spec: { storageClassName: "in-tree" } });
    await host.settle();
    assert.deepEqual((await events()).slice(-2), [
      'Warning ProvisioningFailed storageclass.storage.k8s.io "x" not found',
      "Warning ProvisioningFailed no volume plugin matched name: kubernetes.io/no-provisioner",
    ]);
  }));

Deno.test("VolumeBinder releases volumes of claims that are gone, as their policies say", () =>
  withBench(wire, async ({ host, api, events }) => {
    for (const policy of ["Retain", "Recycle", "Delete", "Other"]) {
      const name = policy.toLowerCase();
      putVolume(api, name, { spec: { persistentVolumeReclaimPolicy: policy } });
      putClaim(api, name, { spec: { volumeName: name } });
    }
    putVolume(api, "made", {
      metadata: {
        annotations: { "pv.kubernetes.io/provisioned-by": "example.com/disks" },
      },
      spec: { persistentVolumeReclaimPolicy: "Delete" },
    });
    putClaim(api, "made", { spec: { volumeName: "made" } });
    await host.settle();
    const names = ["retain", "recycle", "delete", "other", "made"];
    for (const name of names) {
      assert.equal(claimState(api, name), `Bound ${name}`);
      api.remove(`${CLAIMS}/${name}`);
    }
    await host.settle();
    assert.deepEqual(names.map((name) => volumeState(api, name)), [
      "Released retain",
      "Failed recycle",
      "Failed delete",
      "Failed other",
      "Released made",
    ]);
    assert.deepEqual(await events(), [
      "Warning VolumeFailedRecycle No recycler plugin found for the volume!",
      'Warning VolumeFailedDelete error getting deleter volume plugin for volume "delete": no deletable volume plugin matched',
      "Warning VolumeUnknownReclaimPolicy Volume has unrecognized PersistentVolumeReclaimPolicy",
    ]);
    assert.equal(
      api.object(`${VOLUMES}/recycle`).status.message,
      "No recycler plugin found for the volume!",
    );
    // A claim of the same name is another claim.
    putClaim(api, "retain", { spec: { volumeName: "retain" } });
    await host.settle();
    assert.equal(claimState(api, "retain"), "Pending retain");
    // Its owner gives it free.
    api.change(`${VOLUMES}/retain`, ({ spec }) => delete spec.claimRef);
    await host.settle();
    assert.equal(claimState(api, "retain"), "Bound retain");
  }));

Deno.test("VolumeBinder tells of claims that have lost their volume", () =>
  withBench(wire, async ({ host, api, events }) => {
    putVolume(api, "a");
    putVolume(api, "b");
    putClaim(api, "gone", { spec: { volumeName: "a" } });
    putClaim(api, "stolen", { spec: { volumeName: "b" } });
    await host.settle();
    api.remove(`${VOLUMES}/a`);
    api.change(`${VOLUMES}/b`, ({ spec }) => spec.claimRef.uid = "another");
    await host.settle();
    assert.equal(claimState(api, "gone"), "Lost a");
    assert.equal(claimState(api, "stolen"), "Lost b");
    assert.deepEqual(await events(), [
      "Warning ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!",
      "Warning ClaimMisbound Two claims are bound to the same volume, this one is bound incorrectly",
    ]);
  }));

Deno.test("VolumeBinder takes a volume back that was given to a claim which got another one", () =>
  withBench(wire, async ({ host, api }) => {
    await host.settle();
    assert.equal(volumeState(api, "ours"), "Available -");
    assert.equal(
      api.object(`${VOLUMES}/ours`).metadata.annotations,
      undefined,
    );
    assert.equal(volumeState(api, "theirs"), "Available data");
    assert.equal(volumeState(api, "made"), "Released data");
    assert.equal(claimState(api, "data"), "Bound right");
  }, (api) => {
    putClaim(api, "data", { spec: { volumeName: "right" } });
    const { uid } = api.object(`${CLAIMS}/data`).metadata;
    const claimRef = { namespace: "default", name: "data", uid };
    const metadata = {
      annotations: { "pv.kubernetes.io/bound-by-controller": "yes" },
    };
    putVolume(api, "right");
    putVolume(api, "ours", { metadata, spec: { claimRef } });
    putVolume(api, "theirs", { spec: { claimRef } });
    putVolume(api, "made", {
      metadata: { annotations: { "pv.kubernetes.io/provisioned-by": "x/y" } },
      spec: { claimRef, persistentVolumeReclaimPolicy: "Delete" },
    });
  }));
