import assert from "node:assert/strict";
import type { VolumeMount } from "../../src/api/core/container.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Volume } from "../../src/api/core/volume.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import type { PodVolumes, ReadyVolume } from "../volumes/pod_volumes.ts";
import { containerMounts } from "./container_mounts.ts";

const VOLUMES: Readonly<Record<string, ReadyVolume>> = {
  data: { path: "/pods/u/data", readOnly: false, isOurs: false },
  config: { path: "/pods/u/config", readOnly: true, isOurs: true },
  image: { path: "/pods/u/image", readOnly: true, isOurs: true },
};

/** The mounts of a container, and which images were mounted for it. */
async function mountsOf(
  volumeMounts: VolumeMount[],
  options: {
    environment?: Record<string, string>;
    rro?: boolean;
    mayMount?: boolean;
  } = {},
) {
  const container = { name: "app", image: "x", volumeMounts };
  const pod: Pod = {
    metadata: { name: "p", namespace: "default", uid: "u" },
    spec: {
      containers: [container],
      volumes: [{ name: "image", image: { reference: "files:1" } }],
    },
  };
  const images: string[] = [];
  const mounts = await containerMounts(new VirtualHost(), {
    pod,
    container,
    environment: new Map(Object.entries(options.environment ?? {})),
    volumes: {
      ready: (_: string, name: string) => VOLUMES[name],
      ...((options.mayMount ?? true) && { mounts: {} }),
      podFolder: (uid: string) => `/pods/${uid}`,
      change: <T>(_: string, work: () => Promise<T>) => work(),
    } as unknown as PodVolumes,
    recursiveReadOnly: () => Promise.resolve(options.rro ?? false),
    mountImage: ({ name }: Volume) => Promise.resolve(void images.push(name)),
  });
  return { mounts, images };
}

function refused(message: string) {
  return { reason: "CreateContainerConfigError", message };
}

Deno.test("containerMounts() mounts volumes as the container and the volume say", async () => {
  const { mounts, images } = await mountsOf([
    { name: "data", mountPath: "/data", mountPropagation: "HostToContainer" },
    { name: "data", mountPath: "/read", readOnly: true },
    { name: "config", mountPath: "/config" },
    { name: "image", mountPath: "/image" },
  ]);
  const { path } = VOLUMES.data!;
  assert.deepEqual(mounts, [
    {
      hostPath: path,
      containerPath: "/data",
      readOnly: false,
      propagation: "HostToContainer",
    },
    { hostPath: path, containerPath: "/read", readOnly: true },
    {
      hostPath: "/pods/u/config",
      containerPath: "/config",
      readOnly: true,
    },
    { hostPath: "/pods/u/image", containerPath: "/image", readOnly: true },
  ]);
  assert.deepEqual(images, ["image"]);
});

Deno.test("containerMounts() refuses what names no volume, leaves it or lacks a variable", async () => {
  await assert.rejects(
    mountsOf([{ name: "none", mountPath: "/x" }]),
    refused('cannot find volume "none" to mount into container "app"'),
  );
  const expression = (subPathExpr: string, environment = {}) =>
    mountsOf([{ name: "data", mountPath: "/x", subPathExpr }], { environment });
  await assert.rejects(
    expression("$(B)/$(A)/$(EMPTY)", { EMPTY: "" }),
    refused("missing value for A, B, EMPTY"),
  );
  await assert.rejects(
    expression("$(UP)/x", { UP: ".." }),
    refused("unable to provision SubPath `../x`: must not contain '..'"),
  );
  await assert.rejects(
    expression("$(ROOT)", { ROOT: "/etc" }),
    refused("error SubPath `/etc` must not be an absolute path"),
  );
  await assert.rejects(
    mountsOf([{ name: "data", mountPath: "/x", subPath: "a" }], {
      mayMount: false,
    }),
    refused(
      'subPath of volume "data", which containers may write to, needs mounts, and this agent runs as an ordinary user',
    ),
  );
  // Why it could not be prepared is for the node's log alone.
  await assert.rejects(
    expression("$(A)", { A: "part" }),
    refused(
      'failed to prepare subPath for volumeMount "data" of container "app"',
    ),
  );
});

Deno.test("containerMounts() makes mounts recursively read-only where it is wished and can be", async () => {
  const wish = (
    recursiveReadOnly: string,
    more: Partial<VolumeMount> = { readOnly: true },
    rro = true,
  ) =>
    mountsOf([{ name: "data", mountPath: "/x", recursiveReadOnly, ...more }], {
      rro,
    });
  const isRecursive = async (...words: Parameters<typeof wish>) =>
    (await wish(...words)).mounts[0]!.recursiveReadOnly;
  assert.equal(await isRecursive("Enabled"), true);
  assert.equal(await isRecursive("IfPossible"), true);
  assert.equal(await isRecursive("IfPossible", undefined, false), undefined);
  assert.equal(await isRecursive("Disabled"), undefined);
  const begins =
    'failed to resolve recursive read-only mode: volume "data" requested recursive read-only mode, but it is ';
  await assert.rejects(
    wish("Enabled", undefined, false),
    refused(`${begins}not supported by the runtime`),
  );
  await assert.rejects(
    wish("IfPossible", {}),
    refused(`${begins}not read-only`),
  );
  await assert.rejects(
    wish("Enabled", { readOnly: true, mountPropagation: "Bidirectional" }),
    refused(`${begins}not compatible with propagation "Bidirectional"`),
  );
});
