import assert from "node:assert/strict";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Volume } from "../../src/api/core/volume.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { RestClient } from "../../src/client/rest_client.ts";
import { FakeApi } from "../../src/testing/fake_api.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import {
  CLAIMS,
  putClaim,
  putVolume,
  VOLUMES,
} from "../../src/testing/volume_objects.ts";
import { Claims, type ClaimsOfPod } from "./claims.ts";
import { LocalStorage } from "./local_storage.ts";

const DATA: Volume = {
  name: "data",
  persistentVolumeClaim: { claimName: "data" },
};
const POD: Pod = {
  metadata: { name: "web", namespace: "default", uid: "u" },
  spec: {
    containers: [{
      name: "main",
      volumeMounts: [{ name: "data", mountPath: "/data" }],
    }],
    volumes: [DATA],
  },
};
const FOLDER = "pvc-1-2_default_data";

interface ClaimsBench {
  readonly api: FakeApi;
  readonly storage: string;
  readonly saved: ClaimsOfPod[];
  open(known?: readonly ClaimsOfPod[]): Claims;
}

async function withClaims(
  run: (bench: ClaimsBench) => Promise<void>,
): Promise<void> {
  using host = makeRealHost({ writeLog: () => {} });
  const folder = await Deno.makeTempDir();
  const api = new FakeApi(new VirtualHost());
  const saved: ClaimsOfPod[] = [];
  const storage = `${folder}/storage`;
  try {
    await run({
      api,
      storage,
      saved,
      open: (known = []) =>
        new Claims(host, {
          client: new RestClient(api),
          known,
          save: (claims) => saved.push(claims),
          nodeLabels: () => ({ "kubernetes.io/hostname": "n1" }),
          storageDir: storage,
          signal: new AbortController().signal,
        }),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A claim and its volume, bound to each other. */
function putBound(api: FakeApi, spec: object): void {
  putClaim(api, "data", { metadata: { uid: "c" }, spec: { volumeName: "v" } });
  api.change(`${CLAIMS}/data`, ({ status }) => status.phase = "Bound");
  putVolume(api, "v", {
    spec: {
      claimRef: { namespace: "default", name: "data", uid: "c" },
      ...spec,
    },
  });
}

const refused = (claims: Claims, pod = POD, volume = DATA) =>
  claims.claimedVolume(pod, volume).then(
    () => assert.fail("It was not refused"),
    (error: Error) =>
      error.message.replace(
        "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: ",
        "… ",
      ),
  );

Deno.test("claimedVolume() asks the API once, and nobody after a restart", () =>
  withClaims(async ({ api, open, saved }) => {
    const path = Deno.execPath();
    putBound(api, { hostPath: undefined, local: { path } });
    const claims = open();
    const wanted = { name: "v", readOnly: false, local: { path } };
    assert.deepEqual(await claims.claimedVolume(POD, DATA), wanted);
    assert.deepEqual(await claims.claimedVolume(POD, DATA), wanted);
    assert.equal(api.requests.length, 2);
    assert.equal(saved.length, 1);
    api.remove(`${VOLUMES}/v`);
    assert.deepEqual(await open(saved).claimedVolume(POD, DATA), wanted);
    assert.equal(api.requests.length, 2);
    claims.forget("u");
    assert.match(await refused(claims), /failed to fetch PV v/);
  }));

Deno.test("claimedVolume() says in kubelet's words what is missing", () =>
  withClaims(async ({ api, open }) => {
    const claims = open();
    assert.match(
      await refused(claims),
      /^… error processing PVC default\/data: failed to fetch PVC from API server: /,
    );
    const error = async () =>
      (await refused(claims)).replace(
        "… error processing PVC default/data: ",
        "",
      );
    putClaim(api, "data", { metadata: { uid: "c" } });
    assert.equal(await error(), "PVC is not bound");
    api.change(`${CLAIMS}/data`, ({ status }) => status.phase = "Bound");
    assert.equal(await error(), "PVC has empty pvc.Spec.VolumeName");
    api.change(`${CLAIMS}/data`, ({ spec }) => spec.volumeName = "v");
    assert.match(await error(), /^failed to fetch PV v from API server: /);
    putVolume(api, "v");
    assert.equal(
      await error(),
      "found PV object v but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim",
    );
    putBound(api, { claimRef: { uid: "other" } });
    assert.equal(
      await error(),
      "found PV object v but its pv.Spec.ClaimRef.UID other does not point to claim.UID c",
    );
    api.change(
      `${CLAIMS}/data`,
      ({ metadata }) => metadata.deletionTimestamp = "2026-01-01T00:00:00Z",
    );
    assert.equal(await error(), "PVC is being deleted");
  }));

Deno.test("claimedVolume() refuses what cannot be mounted here", () =>
  withClaims(async ({ api, open }) => {
    const claims = open();
    putBound(api, {
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{
            matchExpressions: [{
              key: "kubernetes.io/hostname",
              operator: "In",
              values: ["n2"],
            }],
          }],
        },
      },
    });
    assert.equal(
      await refused(claims),
      'MountVolume.NodeAffinity check failed for volume "v" : no matching NodeSelectorTerms',
    );
    putBound(api, { hostPath: undefined, local: { path: "/mnt/none" } });
    assert.equal(
      await refused(claims),
      'MountVolume.NewMounter initialization failed for volume "v" : path "/mnt/none" does not exist',
    );
    claims.forget("u");
    putBound(api, { hostPath: undefined, nfs: { server: "s", path: "/" } });
    assert.match(await refused(claims), /"v" : no volume plugin matched/);
    putBound(api, { volumeMode: "Block" });
    assert.equal(
      await refused(claims),
      "… volume data has volumeMode Block, but is specified in volumeMounts",
    );
    const device = structuredClone(POD);
    device.spec.containers = [{
      name: "main",
      volumeDevices: [{ name: "data", devicePath: "/dev/x" }],
    }];
    putBound(api, {});
    assert.equal(
      await refused(claims, device),
      "… volume data has volumeMode Filesystem, but is specified in volumeDevices",
    );
    putClaim(api, "web-data");
    api.change(`${CLAIMS}/web-data`, ({ spec, status }) => {
      spec.volumeName = "v";
      status.phase = "Bound";
    });
    const { uid } = api.object(`${CLAIMS}/web-data`).metadata;
    putBound(api, { claimRef: { uid } });
    assert.equal(
      await refused(claims, POD, { name: "data", ephemeral: {} }),
      "… PVC default/web-data was not created for pod default/web (pod is not owner)",
    );
  }));

Deno.test("claimedVolume() gives the path of a volume that is a device", () =>
  withClaims(async ({ api, open }) => {
    const pod = structuredClone(POD);
    pod.spec.containers = [{
      name: "main",
      volumeDevices: [{ name: "data", devicePath: "/dev/x" }],
    }];
    for (const source of ["local", "hostPath"]) {
      putBound(api, {
        hostPath: undefined,
        volumeMode: "Block",
        [source]: { path: "/dev/sdz" },
      });
      assert.deepEqual(await open().claimedVolume(pod, DATA), {
        name: "v",
        readOnly: false,
        hostPath: { path: "/dev/sdz", type: "BlockDevice" },
      });
    }
  }));

Deno.test("claimedVolume() makes the node's own folders for every user, and no others", () =>
  withClaims(async ({ api, open, storage }) => {
    const claims = open();
    const path = `${storage}/${FOLDER}`;
    putBound(api, { hostPath: { path, type: "DirectoryOrCreate" } });
    const readOnly = structuredClone(DATA);
    readOnly.persistentVolumeClaim!.readOnly = true;
    assert.deepEqual(await claims.claimedVolume(POD, readOnly), {
      name: "v",
      readOnly: true,
      hostPath: { path, type: "DirectoryOrCreate" },
    });
    assert.equal(Deno.statSync(path).mode! & 0o7777, 0o777);
    Deno.writeTextFileSync(`${path}/kept`, "");
    await claims.claimedVolume(POD, DATA);
    assert.ok(Deno.statSync(`${path}/kept`).isFile);
    for (const other of [`${storage}/other`, `${storage}/${FOLDER}/../x`]) {
      claims.forget("u");
      putBound(api, { hostPath: { path: other, type: "" } });
      await claims.claimedVolume(POD, DATA);
      await assert.rejects(Deno.stat(other), Deno.errors.NotFound);
    }
  }));

Deno.test("removeFolder() removes a volume's folder when no pod has it, and nothing else", () =>
  withClaims(async ({ api, open, storage }) => {
    const claims = open();
    const path = `${storage}/${FOLDER}`;
    putBound(api, { hostPath: { path, type: "DirectoryOrCreate" } });
    await claims.claimedVolume(POD, DATA);
    Deno.writeTextFileSync(`${path}/file`, "");
    await assert.rejects(
      claims.removeFolder(path),
      /^Error: a pod of this node still uses ".*\/pvc-1-2_default_data"$/,
    );
    claims.forget("u");
    await claims.removeFolder(path);
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
    await claims.removeFolder(path); // as often as one likes
    Deno.mkdirSync(`${storage}/other`);
    for (const name of ["other", "", ".", "..", `../storage/${FOLDER}`]) {
      await assert.rejects(
        claims.removeFolder(`${storage}/${name}`),
        RangeError,
      );
    }
    for (const other of [storage, FOLDER, `/elsewhere/${FOLDER}`]) {
      await assert.rejects(claims.removeFolder(other), RangeError);
    }
    assert.ok(Deno.statSync(`${storage}/other`).isDirectory);
  }));

Deno.test("removeFolder() removes nothing while something is mounted in the folder", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/${FOLDER}`;
    await Deno.mkdir(`${path}/inner`, { recursive: true });
    const at = { path: `${path}/inner`, type: "ext4", options: [] };
    const storage = new LocalStorage(host, {
      path: folder,
      mounts: { below: (asked) => Promise.resolve(asked === path ? [at] : []) },
    });
    await assert.rejects(storage.remove(path), /something is mounted/);
    assert.ok(await storage.exists(`${path}/inner`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
