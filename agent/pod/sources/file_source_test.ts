import assert from "node:assert/strict";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { VirtualHost } from "../../../src/testing/virtual_host.ts";
import { FileSource } from "./file_source.ts";
import "./manifest.ts"; // what is loaded late takes real time the first time
import { ManifestReader } from "./manifest_reader.ts";

function manifest(name: string, image = "busybox"): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { containers: [{ name: "app", image }] },
  });
}

/** A source at `/manifests` and what it told. */
function bench(path = "/manifests") {
  const host = new VirtualHost();
  const told: string[][] = [];
  const source = new FileSource(host, {
    path,
    reader: new ManifestReader(host, "n1"),
    checkMs: 20_000,
    tell: (pods) =>
      void told.push(
        pods.map(({ metadata, spec }) =>
          `${metadata.name} ${spec.containers[0]!.image}`
        ),
      ),
  });
  const stop = new AbortController();
  return {
    host,
    told,
    write(name: string, text: string) {
      host.files.set(`/manifests/${name}`, text);
      host.changed("/manifests");
    },
    take(name: string) {
      host.files.delete(`/manifests/${name}`);
      host.changed("/manifests");
    },
    start: () => host.spawn("source", () => source.run(stop.signal)),
    async stop() {
      stop.abort();
      await host.settle();
      assert.deepEqual(host.failures, []);
      assert.deepEqual([...host.watchers.values()].flatMap((s) => [...s]), []);
    },
  };
}

Deno.test("FileSource follows files that come, change and go", async () => {
  const b = bench();
  b.write("a.yaml", manifest("a"));
  b.write(".hidden.yaml", manifest("hidden"));
  b.write("folder/inner.yaml", manifest("inner"));
  b.start();
  await b.host.advance(50);
  b.write("b.json", manifest("b"));
  await b.host.advance(200);
  b.write("a.yaml", manifest("a", "nginx"));
  await b.host.advance(200);
  b.take("a.yaml");
  await b.host.advance(200);
  assert.deepEqual(b.told, [
    ["a-n1 busybox"],
    ["a-n1 busybox", "b-n1 busybox"],
    ["a-n1 nginx", "b-n1 busybox"],
    ["b-n1 busybox"],
  ]);
  await b.stop();
});

Deno.test("FileSource keeps what a file named while it cannot be used, and says so once", async () => {
  const b = bench();
  b.write("a.yaml", manifest("a"));
  b.write("b.yaml", "kind: [");
  b.start();
  await b.host.advance(50);
  b.write("a.yaml", manifest("a").slice(0, 40)); // half written
  await b.host.advance(100_000);
  assert.deepEqual(b.told, [["a-n1 busybox"]]);
  const errors = b.host.logs.filter(({ level }) => level === "error");
  assert.deepEqual(errors.map(({ fields }) => fields.where), [
    "/manifests/b.yaml",
    "/manifests/a.yaml",
  ]);
  b.write("a.yaml", manifest("a", "nginx"));
  await b.host.advance(200);
  assert.deepEqual(b.told.at(-1), ["a-n1 nginx"]);
  await b.stop();
});

Deno.test("FileSource sees without a hint what changed, in its own time", async () => {
  const b = bench();
  b.start();
  await b.host.advance(1_000);
  assert.deepEqual(b.told, [[]], "no folder is no pods");
  b.host.files.set("/manifests/a.yaml", manifest("a"));
  await b.host.advance(18_000);
  assert.deepEqual(b.told, [[]]);
  await b.host.advance(2_000);
  assert.deepEqual(b.told, [[], ["a-n1 busybox"]]);
  b.host.files.clear();
  await b.host.advance(20_000);
  assert.deepEqual(b.told.at(-1), []);
  await b.stop();
});

Deno.test("FileSource follows a single file", async () => {
  const b = bench("/manifests/a.yaml");
  b.write("a.yaml", manifest("a"));
  b.write("b.yaml", manifest("b"));
  b.start();
  await b.host.advance(50);
  b.write("a.yaml", manifest("a", "nginx"));
  await b.host.advance(200);
  assert.deepEqual(b.told, [["a-n1 busybox"], ["a-n1 nginx"]]);
  await b.stop();
});

Deno.test("FileSource follows a real folder: renames, links, and the folder itself", async () => {
  using host = makeRealHost({ logLevel: "error", writeLog: () => {} });
  const dir = await Deno.makeTempDir();
  const folder = `${dir}/manifests`;
  let told: string[] = [];
  const stop = new AbortController();
  const source = new FileSource(host, {
    path: `${folder}/`,
    reader: new ManifestReader(host, "n1"),
    checkMs: 200,
    tell: (pods) =>
      void (told = pods.map(({ metadata, spec }) =>
        `${metadata.name} ${spec.containers[0]!.image}`
      )),
  });
  const running = source.run(stop.signal);
  const until = async (...wanted: string[]) => {
    const deadline = Date.now() + 20_000;
    while (told.join() !== wanted.join()) {
      if (Date.now() > deadline) assert.deepEqual(told, wanted);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  try {
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/.a.tmp`, manifest("a"));
    await Deno.rename(`${folder}/.a.tmp`, `${folder}/a.json`);
    await until("a-n1 busybox");
    // As a mounted ConfigMap: names are links, and all change with one.
    for (const version of ["1", "2"]) {
      await Deno.mkdir(`${folder}/..${version}`);
      await Deno.writeTextFile(
        `${folder}/..${version}/b.json`,
        manifest("b", `image-${version}`),
      );
    }
    await Deno.symlink("..1", `${folder}/..data`);
    await Deno.symlink("..data/b.json", `${folder}/b.json`);
    await Deno.symlink("..1", `${folder}/linked-folder`);
    await until("a-n1 busybox", "b-n1 image-1");
    await Deno.symlink("..2", `${folder}/..next`);
    await Deno.rename(`${folder}/..next`, `${folder}/..data`);
    await until("a-n1 busybox", "b-n1 image-2");
    // What has no end is not read.
    await Deno.symlink("/dev/zero", `${folder}/endless.json`);
    await Deno.writeTextFile(`${folder}/z.json`, manifest("z"));
    await until("a-n1 busybox", "b-n1 image-2", "z-n1 busybox");
    await Deno.rename(folder, `${dir}/away`);
    await until();
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/c.json`, manifest("c"));
    await until("c-n1 busybox");
  } finally {
    stop.abort();
    await running;
    await Deno.remove(dir, { recursive: true });
  }
});
