import assert from "node:assert/strict";
import { plainContainer } from "../../testing/plain_container.ts";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { testWith } from "../../../src/testing/needs.ts";
import type { LaunchRequest } from "../process/engine.ts";
import { type ContainerConfig, RuntimeError } from "../runtime.ts";
import { openWasmtimeEngine } from "./mod.ts";
import type { WasmtimeEngine } from "./wasmtime_engine.ts";
import { guestImage, wasmtimePath } from "./wasmtime_rig.ts";

function test(
  name: string,
  fn: (engine: WasmtimeEngine, folder: string) => Promise<void>,
): void {
  testWith(name, {
    needs: ["linux", "wasmtime"],
    fn: async () => {
      using host = makeRealHost();
      const folder = await Deno.makeTempDir({ prefix: "wherry-engine-" });
      try {
        await Deno.mkdir(`${folder}/images`);
        await fn(
          await openWasmtimeEngine(host, {
            dir: `${folder}/wasmtime`,
            wasmtime: wasmtimePath(),
            imageDir: `${folder}/images`,
          }),
          folder,
        );
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

async function request(
  engine: WasmtimeEngine,
  image: string,
  more: Partial<ContainerConfig> = {},
): Promise<LaunchRequest> {
  const { imageRef } = await engine.pullImage(image);
  return {
    bindAddress: "127.64.0.9",
    annotations: {},
    folder: "/nowhere",
    folders: [{ from: "/proc/self/fd/9/0", to: "/data", readOnly: false }],
    config: plainContainer({
      image,
      imageRef,
      env: [
        { name: "A", value: "early" },
        { name: "A", value: "late" },
      ],
      ...more,
    }),
  };
}

const reason = (why: string, text: RegExp) => (error: unknown) =>
  error instanceof RuntimeError && error.reason === why &&
  text.test(error.message);

test("launch() serves a wasi:http component on the first TCP port", async (engine) => {
  const image = guestImage("http_echo");
  const launch = await engine.launch(
    await request(engine, image, {
      ports: [
        { containerPort: 53, protocol: "UDP" },
        { containerPort: 8081, protocol: "TCP" },
        { containerPort: 9090, protocol: "TCP" },
      ],
    }),
  );
  assert.equal(launch.stopSignal, "SIGINT");
  const line = launch.args.join(" ");
  assert.match(
    line,
    /^serve -C cache=n --allow-precompiled --env A --dir \/proc\/self\/fd\/9\/0::\/data -S inherit-network=y,allow-ip-name-lookup=y -S cli=y /,
  );
  assert.deepEqual(launch.env, [["A", "late"]]);
  assert.match(line, / --addr 127\.64\.0\.9:8081 \/proc\/self\/fd\/7$/);
  const plain = await engine.launch(await request(engine, image));
  assert.ok(plain.args.includes("127.64.0.9:8080"));
});

test("launch() refuses arguments for a wasi:http component", async (engine) => {
  const wish = await request(engine, guestImage("http_echo"), { args: ["x"] });
  await assert.rejects(
    engine.launch(wish),
    reason("CreateContainerConfigError", /takes no command and no args/),
  );
});

test("launch() runs a program with its arguments", async (engine) => {
  const image = guestImage("exerciser");
  const launch = await engine.launch(
    await request(engine, image, {
      command: ["/bin/tool", "--flag"],
      args: ["more"],
    }),
  );
  assert.equal(launch.args[0], "run");
  assert.deepEqual(launch.args.slice(-4), [
    "--argv0=/bin/tool",
    "/proc/self/fd/7",
    "--flag",
    "more",
  ]);
  const plain = await engine.launch(await request(engine, image));
  assert.deepEqual(plain.args.slice(-2), [
    "--argv0=exerciser.wat",
    "/proc/self/fd/7",
  ]);
});

test("launch() has the engine limit memory when no cgroup does", async (engine) => {
  const wish = await request(engine, guestImage("exerciser"));
  const launch = await engine.launch({ ...wish, memoryLimitBytes: 1 << 24 });
  assert.match(launch.args.join(" "), / -W max-memory-size=16777216 /);
});

test("launch() throws when the image is not on the node", async (engine) => {
  const wish = await request(engine, guestImage("exerciser"));
  await assert.rejects(
    engine.launch({
      ...wish,
      config: { ...wish.config, imageRef: "sha256:00" },
    }),
    reason("CreateContainerError", /is not on the node/),
  );
});

test(
  "imageStatus() answers undefined when the file has changed since the pull",
  async (engine, folder) => {
    const path = `${folder}/images/app.wat`;
    await Deno.writeTextFile(path, `(module (func (export "_start")))`);
    assert.equal(await engine.imageStatus("file:app.wat"), undefined);
    const { imageRef } = await engine.pullImage("file:app.wat");
    assert.equal(
      (await engine.imageStatus("file:app.wat"))?.imageRef,
      imageRef,
    );
    await Deno.writeTextFile(path, `(module (func (export "_start") nop))`);
    assert.equal(await engine.imageStatus("file:app.wat"), undefined);
    const next = await engine.pullImage("file:app.wat");
    assert.notEqual(next.imageRef, imageRef);
    // what is compiled stays good without the file
    await Deno.remove(path);
    assert.equal(
      (await engine.imageStatus("file:app.wat"))?.imageRef,
      next.imageRef,
    );
    assert.deepEqual((await engine.listImages()).map(({ names }) => names), [
      ["file:app.wat"],
    ]);
  },
);

test(
  "removeImage() removes its code at once, but what a container needs",
  async (engine, folder) => {
    const ids: Record<string, string> = {};
    const payloads: Record<string, string> = {};
    for (const name of ["a", "b"]) {
      await Deno.writeTextFile(
        `${folder}/images/${name}.wat`,
        `(module (func (export "_start")) (func (export "${name}")))`,
      );
      const wish = await request(engine, `file:${name}.wat`);
      ids[name] = wish.config.imageRef;
      payloads[name] = (await engine.launch(wish)).payload;
    }
    await engine.removeUnused(new Set([payloads["b"]!]));
    for (const id of Object.values(ids)) await engine.removeImage(id);
    assert.deepEqual(await engine.listImages(), []);
    await assert.rejects(Deno.stat(payloads["a"]!), Deno.errors.NotFound);
    assert.ok(await Deno.stat(payloads["b"]!));
  },
);

test(
  "an image is as large as its module and its code together",
  async (engine, folder) => {
    const text = `(module (func (export "_start")))`;
    await Deno.writeTextFile(`${folder}/images/app.wat`, text);
    const wish = await request(engine, "file:app.wat");
    const { payload } = await engine.launch(wish);
    const takes = text.length + (await Deno.stat(payload)).size;
    const [listed] = await engine.listImages();
    assert.equal(listed!.sizeBytes, takes);
    assert.equal((await engine.imageStatus("file:app.wat"))!.sizeBytes, takes);
  },
);

test("pullImage() says what is wrong with a file", async (engine, folder) => {
  const write = (name: string, content: string) =>
    Deno.writeTextFile(`${folder}/images/${name}`, content);
  await write("no.wasm", "not WebAssembly");
  await write("half.wasm", "\0asm");
  await Deno.mkdir(`${folder}/images/folder.wasm`);
  for (
    const [image, why] of [
      ["file:missing.wasm", /^There is no such file on this node$/],
      ["file:no.wasm", /it is not WebAssembly/],
      ["file:half.wasm", /it is cut short/],
      ["file:folder.wasm", /^It is a folder$/],
    ] as const
  ) {
    await assert.rejects(engine.pullImage(image), reason("ErrImagePull", why));
  }
});

test("launch() hides values from the command line but for names that steer the engine", async (engine) => {
  const { args, env } = await engine.launch(
    await request(engine, guestImage("exerciser"), {
      env: [
        { name: "TOKEN", value: "hidden" },
        { name: "PATH", value: "/hidden" },
        { name: "HTTPS_PROXY", value: "http://u:hidden@x" },
        { name: "LD_PRELOAD", value: "/seen.so" },
        { name: "WASMTIME_WASI_INHERIT_NETWORK", value: "y" },
      ],
    }),
  );
  const line = args.join(" ");
  assert.ok(!line.includes("hidden"), line);
  assert.match(
    line,
    / --env TOKEN --env PATH --env HTTPS_PROXY --env LD_PRELOAD=\/seen\.so --env WASMTIME_WASI_INHERIT_NETWORK=y /,
  );
  assert.deepEqual(env?.map(([name]) => name), [
    "TOKEN",
    "PATH",
    "HTTPS_PROXY",
  ]);
});

test("launch() gives a guest no network when its Pod says none", async (engine) => {
  for (const guest of ["exerciser", "http_echo", "dialer"]) {
    const wish = await request(engine, guestImage(guest));
    const annotations = { "wherry.dev/allow-net": "none" };
    const { args } = await engine.launch({ ...wish, annotations });
    const line = args.join(" ");
    assert.doesNotMatch(line, /inherit-network|ip-name-lookup|http=y/);
    const some = { "wherry.dev/allow-net": "10.0.0.1" };
    await assert.rejects(
      engine.launch({ ...wish, annotations: some }),
      reason("CreateContainerConfigError", /all of the network or "none"$/),
    );
  }
});

test(
  "launch() lets no path of a Pod become options of the engine",
  async (engine, folder) => {
    const wish = await request(engine, guestImage("exerciser"));
    const workingDir = "/,inherit-network=y";
    await assert.rejects(
      engine.launch({ ...wish, config: { ...wish.config, workingDir } }),
      reason("CreateContainerConfigError", /working directory .* has a comma$/),
    );
    const folders = [{ from: folder, to: "/data::/etc", readOnly: false }];
    await assert.rejects(
      engine.launch({ ...wish, folders }),
      reason("CreateContainerConfigError", /"\/data::\/etc" has two colons$/),
    );
    const config = { ...wish.config, command: ["-Stcp=n", "-x"] };
    const { args } = await engine.launch({ ...wish, config });
    assert.ok(args.includes("--argv0=-Stcp=n"));
  },
);

test(
  "launch() refuses to deny the network to a service that the engine lets send requests",
  async (engine, folder) => {
    await Deno.writeTextFile(
      `${folder}/images/sends.wat`,
      `(component
      (import "wasi:http/outgoing-handler@0.2.0" (instance $sends))
      (core module $m (func (export "run") (result i32) (i32.const 0)))
      (core instance $i (instantiate $m))
      (func $run (result (result)) (canon lift (core func $i "run")))
      (instance $command (export "run" (func $run)))
      (export "wasi:cli/run@0.2.0" (instance $command)))`,
    );
    const wish = await request(engine, "file:sends.wat");
    const annotations = { "wherry.dev/allow-net": "none" };
    await assert.rejects(
      engine.launch({ ...wish, annotations }),
      reason("CreateContainerConfigError", /imports what sends HTTP requests/),
    );
    assert.match((await engine.launch(wish)).args.join(" "), / -S http=y /);
  },
);

test("launch() reuses instances of a service when its Pod says how often", async (engine) => {
  const wish = await request(engine, guestImage("http_echo"));
  const name = "wherry.dev/max-instance-reuse";
  const { args } = await engine.launch({
    ...wish,
    annotations: { [name]: "1000" },
  });
  assert.match(args.join(" "), / --max-instance-reuse-count 1000 /);
  for (const wrong of ["0", "-1", "1e3", "1 --dir /"]) {
    await assert.rejects(
      engine.launch({ ...wish, annotations: { [name]: wrong } }),
      reason("CreateContainerConfigError", /is no number|and no number/),
    );
  }
});

/** A program that says that it is a wasmtime of this version, and compiles to next to nothing. */
async function writeWasmtime(path: string, version: string): Promise<void> {
  await Deno.writeTextFile(
    `${path}.new`,
    `#!/bin/sh\ncase $1 in --version) echo "wasmtime ${version}" ;; *) echo code >"$5" ;; esac\n`,
    { mode: 0o755 },
  );
  await Deno.rename(`${path}.new`, path);
}

testWith(
  "the engine says that wasmtime is gone, and goes on with the next one",
  {
    needs: ["linux", "wasmtime"],
    fn: async () => {
      using host = makeRealHost({ logLevel: "error" });
      const dir = await Deno.makeTempDir({ prefix: "wherry-engine-" });
      try {
        const wasmtime = `${dir}/wasmtime-program`;
        await writeWasmtime(wasmtime, "49.1.0");
        const engine = await openWasmtimeEngine(host, { dir, wasmtime });
        let rings = 0;
        using _bell = engine.onAway(() => rings++);
        const wish = await request(engine, guestImage("exerciser"));
        const before = await engine.launch(wish);
        assert.deepEqual(await engine.status(), {
          ready: true,
          version: "wasmtime://49.1.0",
        });
        assert.equal(rings, 0);

        await Deno.remove(wasmtime);
        await assert.rejects(
          engine.launch(wish),
          reason("CreateContainerError", /wasmtime-program": it is not there$/),
        );
        assert.equal(rings, 1);
        const { ready, message } = await engine.status();
        assert.equal(ready, false);
        assert.match(message ?? "", /it is not there$/);
        assert.equal(rings, 1, "who is told asks, and is not told again");

        await writeWasmtime(wasmtime, "49.2.0");
        const after = await engine.launch(wish);
        assert.equal(rings, 2);
        assert.notEqual(after.payload, before.payload);
        assert.ok(await Deno.stat(after.payload));
        assert.equal((await engine.status()).version, "wasmtime://49.2.0");
        // One that is too old is none.
        await writeWasmtime(wasmtime, "20.0.1");
        await assert.rejects(
          engine.launch(wish),
          /it is wasmtime 20\.0\.1, and/,
        );
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    },
  },
);

testWith(
  "another agent compiles for a newer engine what is on the node, without the image's file",
  {
    needs: ["linux", "wasmtime"],
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      using host = makeRealHost({ logLevel: "error" });
      const dir = await Deno.makeTempDir({ prefix: "wherry-engine-" });
      try {
        const wasmtime = `${dir}/wasmtime-program`;
        const source = `${dir}/app.wat`;
        await Deno.writeTextFile(source, `(module (func (export "_start")))`);
        await writeWasmtime(wasmtime, "49.1.0");
        const first = await openWasmtimeEngine(host, { dir, wasmtime });
        const wish = await request(first, `file://${source}`);
        const before = await first.launch(wish);
        await Deno.remove(source);
        await writeWasmtime(wasmtime, "50.0.0");
        const next = await openWasmtimeEngine(host, { dir, wasmtime });
        const { payload } = await next.launch(wish);
        assert.notEqual(payload, before.payload);
        assert.ok(await Deno.stat(payload));
        await next.removeUnused(new Set([payload])); // old code may come back
        assert.ok(await Deno.stat(before.payload));
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    },
  },
);

Deno.test("openWasmtimeEngine() throws when the program is not wasmtime", async () => {
  using host = makeRealHost();
  const dir = await Deno.makeTempDir({ prefix: "wherry-engine-" });
  await assert.rejects(
    openWasmtimeEngine(host, { dir, wasmtime: "/bin/true" }),
    /Can not run "\/bin\/true": not wasmtime/,
  );
  await Deno.remove(dir, { recursive: true });
});
