import assert from "node:assert/strict";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { plainContainer } from "../../testing/plain_container.ts";
import { EngineImages } from "../../images/mod.ts";
import type { Launch, LaunchRequest } from "../process/engine.ts";
import { type ContainerConfig, RuntimeError } from "../runtime.ts";
import { DENO_FORMAT, DenoEngine } from "./deno_engine.ts";

function test(
  name: string,
  fn: (
    launch: (
      text: string,
      config?: Partial<ContainerConfig>,
      request?: Partial<LaunchRequest>,
    ) => Promise<Launch>,
  ) => Promise<void>,
): void {
  Deno.test(name, async () => {
    using host = makeRealHost();
    const folder = await Deno.makeTempDir({ prefix: "wherry-engine-" });
    try {
      const images = await EngineImages.open(host, {
        dir: `${folder}/contents`,
        format: DENO_FORMAT,
      });
      const engine = new DenoEngine(host, { images, wantsRoot: true });
      await fn(async (text, config = {}, request = {}) => {
        await Deno.writeTextFile(`${folder}/my app.mjs`, text);
        const image = `file://${folder}/my%20app.mjs`;
        const signal = AbortSignal.timeout(60_000);
        const { imageRef } = await engine.pullImage(image, { signal });
        return await engine.launch({
          bindAddress: "0.0.0.0",
          folders: [],
          folder,
          annotations: {},
          hasRoot: true,
          ...request,
          config: plainContainer({ image, imageRef, ...config }),
        });
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

const SERVER = "export default {};";

test("launch() serves on the first TCP port, else on 8080", async (launch) => {
  const { args, root, settleMs } = await launch(SERVER, {
    ports: [
      { containerPort: 53, protocol: "UDP" },
      { containerPort: 8081, protocol: "TCP" },
      { containerPort: 9090, protocol: "TCP" },
    ],
    args: ["one", "two"],
  });
  assert.equal(args[0], "serve");
  assert.deepEqual(args.slice(-7), [
    ...["--host", "0.0.0.0", "--port", "8081"],
    ...["/my_20app.mjs", "one", "two"],
  ]);
  assert.equal(root?.payload, "/my_20app.mjs");
  assert.ok(settleMs);
  assert.ok((await launch(SERVER)).args.includes("8080"));
});

test("launch() runs a program with its arguments, the first word of the command apart", async (launch) => {
  const { args, settleMs } = await launch("1;", {
    command: ["/bin/tool", "-x"],
    args: ["y"],
  });
  assert.equal(args[0], "run");
  assert.deepEqual(args.slice(-3), ["/my_20app.mjs", "-x", "y"]);
  assert.equal(settleMs, undefined);
});

test("launch() gives permissions for what the Pod names, and nothing else", async (launch) => {
  const folder = (name: string, readOnly: boolean) => ({
    from: `/${name}`,
    to: `/${name}`,
    readOnly,
  });
  const { args } = await launch("1;", {
    env: [{ name: "A", value: "1" }, { name: "B.c", value: "2" }],
  }, {
    folders: [folder("data", false), folder("still", true)],
    annotations: { "wherry.dev/allow-net": "db:5432" },
  });
  assert.deepEqual(
    args.filter((one) => /^--(allow|no|ignore|deny)/.test(one)),
    [
      ...["--no-prompt", "--no-remote", "--no-npm", "--no-config", "--no-lock"],
      ...["--no-code-cache", "--ignore-env"],
      ...["--allow-net=db:5432", "--allow-env=A,B.c"],
      ...["--allow-read=/data,/still", "--allow-write=/data"],
    ],
  );
  const bare = await launch("1;");
  assert.deepEqual(bare.args.filter((one) => one.startsWith("--allow")), [
    "--allow-net",
  ]);
});

test("launch() refuses a mount whose path no permission can name", async (launch) => {
  await assert.rejects(
    launch("1;", {}, {
      folders: [{ from: "/a,b", to: "/a,b", readOnly: true }],
    }),
    (error) =>
      error instanceof RuntimeError &&
      error.reason === "CreateContainerConfigError" &&
      /mount path "\/a,b" has a comma/.test(error.message),
  );
});

test("launch() throws when the image is not on the node", async (launch) => {
  await assert.rejects(
    launch("1;", { imageRef: "sha256:00" }),
    (error) =>
      error instanceof RuntimeError &&
      error.reason === "CreateContainerError" &&
      /is not on the node/.test(error.message),
  );
});

test("launch() names a registry's image in the guest's root as a module", async (launch) => {
  for (
    const [image, name] of [
      ["registry.wherry.internal/team/shop:v1", "/shop.js"],
      ["localhost:5000/shop", "/shop.js"],
      [`shop@sha256:${"0".repeat(64)}`, "/shop.js"],
      ["shop.mjs:1.0", "/shop.mjs"],
    ] as const
  ) {
    assert.equal((await launch("1;", { image })).root?.payload, name, image);
  }
});
