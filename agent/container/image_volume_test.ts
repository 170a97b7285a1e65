import assert from "node:assert/strict";
import type { Pod } from "../../src/api/core/pod.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { PodVolumes } from "../volumes/pod_volumes.ts";
import type { ImagePuller } from "./image_puller.ts";
import { ImageVolumes } from "./image_volume.ts";

const POD: Pod = {
  metadata: { name: "p", namespace: "default", uid: "u" },
  spec: { containers: [] },
};

/** Image volumes on scripted parts. */
function bench(options: { mayMount?: boolean; runtime?: Partial<Runtime> }) {
  const policies: string[] = [];
  const mounted: string[] = [];
  const mounts = {
    at: (path: string) =>
      Promise.resolve(mounted.some((one) => one.endsWith(path))),
  };
  const images = new ImageVolumes(new VirtualHost(), {
    runtime: {
      name: "engine",
      mountImage: (image, folder) =>
        Promise.resolve(void mounted.push(`${image} ${folder}`)),
      ...options.runtime,
    } as Runtime,
    images: {
      ensure: (image: string, { policy }: { policy: string }) => {
        policies.push(policy);
        return Promise.resolve({ imageRef: `ref-${image}`, message: "" });
      },
    } as unknown as ImagePuller,
    volumes: {
      path: (_: Pod, { name }: { name: string }) => `/v/${name}`,
      change: <T>(_: string, work: () => Promise<T>) => work(),
      ...(options.mayMount ?? true ? { mounts } : {}),
    } as unknown as PodVolumes,
    events: { event: () => {} },
    pullAuth: () => Promise.resolve([]),
  });
  const mount = (name: string, reference: string, pullPolicy?: "Never") =>
    images.mount(POD, {
      name,
      image: { reference, ...(pullPolicy && { pullPolicy }) },
    });
  return { mount, mounted, policies };
}

Deno.test("ImageVolumes.mount() pulls by the policy, which follows from the tag when there is none, and mounts once", async () => {
  const { mount, mounted, policies } = bench({});
  await mount("a", "files");
  await mount("b", "host:5000/files");
  await mount("c", "files:latest");
  await mount("d", "files:1");
  await mount("e", "files@sha256:0");
  await mount("f", "files", "Never");
  await mount("f", "files", "Never");
  assert.deepEqual(policies, [
    ...["Always", "Always", "Always"],
    ...["IfNotPresent", "IfNotPresent", "Never"],
  ]);
  assert.equal(mounted.length, 6);
  assert.equal(mounted[3], "ref-files:1 /v/d");
});

Deno.test("ImageVolumes.mount() says why images cannot be mounted here", async () => {
  const refusal = (message: string) => ({
    reason: "CreateContainerConfigError",
    message,
  });
  await assert.rejects(
    bench({ mayMount: false }).mount("a", "files"),
    refusal(
      "Image volumes need mounts, and this agent runs as an ordinary user",
    ),
  );
  const none = { mountImage: undefined } as unknown as Partial<Runtime>;
  await assert.rejects(
    bench({ runtime: none }).mount("a", "files"),
    refusal('Image volumes are not supported by the runtime "engine"'),
  );
});
