import assert from "node:assert/strict";
import type { Pod } from "../../src/api/core/pod.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { Bell } from "../container/bell.ts";
import type { PodFace } from "../container/pod_face.ts";
import type { Mounts, MountWish } from "../volumes/mounts.ts";
import { makeContainerFiles } from "./container_files.ts";

const DNS = { servers: ["192.0.2.53"], searches: [], options: [] };

function filesBench(spec: Partial<Pod["spec"]> = {}, ips = ["10.42.0.7"]) {
  const host = new VirtualHost();
  const pod: Pod = {
    metadata: { name: "web", namespace: "shop", uid: "u" },
    spec: { containers: [{ name: "app" }], ...spec },
  };
  const mounted: MountWish[] = [];
  const mounts = {
    at: (path: string) =>
      Promise.resolve(mounted.find(({ target }) => target === path)),
    mount: (wish: MountWish) => Promise.resolve(void mounted.push(wish)),
  } as unknown as Mounts;
  const make = (attempt: number) =>
    makeContainerFiles(host, {
      folder: "/pods/u",
      face: { pod, sandbox: { ips }, bell: new Bell() } as unknown as PodFace,
      plan: { container: { name: "app" }, attempt, imageRef: "" },
      sandbox: {
        ...{ name: "web", namespace: "shop", uid: "u", attempt: 0 },
        ...{ labels: {}, annotations: {}, logDirectory: "/logs" },
        hostname: "web",
        hostNetwork: spec.hostNetwork ?? false,
        dns: DNS,
      },
      clusterDomain: "cluster.local",
      mounts,
    });
  return { host, make, mounted };
}

Deno.test("makeContainerFiles() puts them into a small file system of the container's own, mounted once", async () => {
  const { host, make, mounted } = filesBench();
  const files = await make(0);
  await make(1);
  assert.equal(mounted.length, 1);
  assert.equal(mounted[0]!.target, "/pods/u/containers/app");
  assert.match(mounted[0]!.options.join(), /^size=10\d{5},/);
  assert.ok(files.terminationLog.startsWith("/pods/u/containers/app/"));
  assert.equal(
    await host.disk.readText(files.resolvConfPath!),
    "nameserver 192.0.2.53\n",
  );
  assert.equal(await host.disk.readText(files.hostnamePath!), "web\n");
  assert.match(
    await host.disk.readText(files.hostsPath!),
    /10\.42\.0\.7\tweb\n$/,
  );
});

Deno.test("makeContainerFiles() keeps the end of the last run's words and nothing of those before", async () => {
  const { host, make } = filesBench();
  for (const attempt of [0, 1]) {
    const { terminationLog } = await make(attempt);
    await host.disk.writeAtomic(terminationLog, `${"x".repeat(9_000)}END`);
  }
  await make(2);
  const folder = "/pods/u/containers/app";
  assert.deepEqual(await host.disk.list(folder), [
    "1",
    "2",
    "etc-hosts",
    "hostname",
    "resolv.conf",
  ]);
  const kept = await host.disk.readText(`${folder}/1`);
  assert.equal(kept.length, 4096);
  assert.ok(kept.endsWith("xEND"));
});

Deno.test("makeContainerFiles() gives a pod on the node's network the node's hosts, if there are any, and one without address none", async () => {
  const aliases = { hostAliases: [{ ip: "192.0.2.5", hostnames: ["db"] }] };
  const onNode = filesBench({ hostNetwork: true, ...aliases }, []);
  const { hostsPath } = await onNode.make(0);
  assert.match(
    await onNode.host.disk.readText(hostsPath!),
    /^# Kubernetes-managed hosts file \(host network\)\.\n[^]*192\.0\.2\.5\tdb\n$/,
  );
  assert.equal((await filesBench({}, []).make(0)).hostsPath, undefined);
});
