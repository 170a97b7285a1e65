import assert from "node:assert/strict";
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
    config: {
      name: "main",
      attempt: 0,
      image,
      imageRef,
      command: [],
      args: [],
      env: [
        { name: "A", value: "early" },
        { name: "A", value: "late" },
      ],
      mounts: [],
      labels: {},
      annotations: {},
      ports: [],
      resources: {},
      security: {
        privileged: false,
        supplementalGroups: [],
        readOnlyRootFilesystem: false,
        capabilitiesAdd: [],
        capabilitiesDrop: [],
      },
      stdin: false,
      tty: false,
      ...more,
    },
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
  assert.deepEqual(launch.args.slice(-5), [
    "--argv0",
    "/bin/tool",
    "/proc/self/fd/7",
    "--flag",
    "more",
  ]);
  const plain = await engine.launch(await request(engine, image));
  assert.deepEqual(plain.args.slice(-2), ["exerciser.wat", "/proc/self/fd/7"]);
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

test("pullImage() says what is wrong with a file", async (engine, folder) => {
  const write = (name: string, content: string) =>
    Deno.writeTextFile(`${folder}/images/${name}`, content);
  await write("no.wasm", "not WebAssembly");
  await write("half.wasm", "\0asm");
  await Deno.mkdir(`${folder}/images/folder.wasm`);
  for (
    const [image, why] of [
      ["file:missing.wasm", /there is no such file on this node/],
      ["file:no.wasm", /it is not WebAssembly/],
      ["file:half.wasm", /it is cut short/],
      ["file:folder.wasm", /it is a folder/],
    ] as const
  ) {
    await assert.rejects(engine.pullImage(image), reason("ErrImagePull", why));
  }
});

Deno.test("openWasmtimeEngine() throws when the program is not wasmtime", async () => {
  using host = makeRealHost();
  const dir = await Deno.makeTempDir({ prefix: "wherry-engine-" });
  await assert.rejects(
    openWasmtimeEngine(host, { dir, wasmtime: "/bin/true" }),
    /Can not run "\/bin\/true": not wasmtime/,
  );
  await Deno.remove(dir, { recursive: true });
});
