import assert from "node:assert/strict";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { ManifestReader } from "./manifest_reader.ts";
import { PutManifests } from "./put_manifests.ts";

Deno.test("load() reads the manifests that it can", async () => {
  const logs: string[] = [];
  using host = makeRealHost({ writeLog: (line) => void logs.push(line) });
  const dataDir = await Deno.makeTempDir();
  const told: string[][] = [];
  const manifests = new PutManifests(host, {
    dataDir,
    reader: new ManifestReader(host, "n1"),
    tell: (pods) =>
      void told.push(pods.map(({ metadata }) => metadata.name ?? "")),
  });
  try {
    await Deno.mkdir(`${dataDir}/manifests/default_a.yaml`, {
      recursive: true,
    });
    await Deno.writeTextFile(
      `${dataDir}/manifests/default_b.yaml`,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "b" },
        spec: { containers: [{ name: "app", image: "busybox" }] },
      }),
    );
    await manifests.load();
    assert.deepEqual(told, [["b-n1"]]);
    assert.match(logs.join(), /Could not read a manifest/);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});

Deno.test("put() takes no name that leads out of its folder", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const dataDir = await Deno.makeTempDir();
  const manifests = new PutManifests(host, {
    dataDir,
    reader: new ManifestReader(host, "n1"),
    tell: () => {},
  });
  const put = (metadata: object) =>
    manifests.put(JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata,
      spec: { containers: [{ name: "app", image: "busybox" }] },
    }));
  try {
    await assert.rejects(put({ name: "../x" }), /metadata\.name/);
    await assert.rejects(
      put({ name: "x", namespace: "../y" }),
      /metadata\.namespace/,
    );
    await assert.rejects(put({ name: "x", uid: "../../z" }), /metadata\.uid/);
    assert.deepEqual([...Deno.readDirSync(dataDir)], []);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
