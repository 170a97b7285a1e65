/**
 * What is built by tools that npm brings: components of scripts (componentize-js, 385 MB) and binaries of WebAssembly text. `deno task test:components`.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { readWasm } from "../../src/cli/build/wasm_file.ts";
import { getWasmtime } from "../../tools/get_wasmtime.ts";
import { runCommand, TestCluster } from "../support/cluster.ts";

const APP = `const greeting: string = "hello";
export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    return new Response(greeting + " " + pathname + await request.text());
  },
};
`;
const LISTENER =
  `addEventListener("fetch", (event: any) => event.respondWith(new Response("heard")));
`;
const ROOT = new URL("../../", import.meta.url).pathname;

/** The program that the demo uses. */
async function wasmtime(): Promise<string> {
  const home = Deno.env.get("HOME") ?? "";
  return await getWasmtime({ cacheDir: join(home, ".cache/wherry") });
}

/** What a component answers. */
async function ask(path: string, body: string): Promise<string> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const served = new Deno.Command(await wasmtime(), {
    args: [
      ...["serve", "-C", "cache=n", "-S", "cli=y"],
      ...["--addr", `127.0.0.1:${port}`, path],
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  let ended = false;
  served.status.then(() => ended = true);
  try {
    for (;;) {
      assert.ok(!ended, "it does not serve");
      const answer = await fetch(`http://127.0.0.1:${port}/x`, {
        method: "POST",
        body,
      }).catch(() => undefined);
      if (answer) return await answer.text();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    if (!ended) served.kill();
    await served.status;
  }
}

Deno.test("wherry build makes components and binaries", async (t) => {
  await using cluster = await TestCluster.make();
  const file = async (name: string, text: string) => {
    const path = join(cluster.dir, name);
    await Deno.writeTextFile(path, text);
    return path;
  };
  const build = async (...args: string[]) => {
    const result = await cluster.wherry("build", ...args);
    assert.equal(result.code, 0, result.stderr);
    return result.stdout.trim();
  };
  const output = join(cluster.dir, "out.wasm");

  await t.step("of export default { fetch }", async () => {
    const app = await file("app.ts", APP);
    Deno.env.set("WHERRY_TEST_SECRET", "s3cret-of-this-machine");
    const digest = await build(app, "-o", output, "--yes");
    const content = await Deno.readFile(output);
    const { isComponent, exports } = readWasm(content);
    assert.ok(isComponent);
    assert.match(exports.join(), /wasi:http\/incoming-handler@0\.2/);
    assert.equal(await ask(output, "!"), "hello /x!");
    const text = new TextDecoder("latin1").decode(content);
    assert.doesNotMatch(text, /s3cret-of-this-machine/);
    assert.doesNotMatch(text, new RegExp(cluster.dir));
    assert.equal(await build(app, "-o", output), digest);
  });

  await t.step("of a listener", async () => {
    await build(await file("listener.ts", LISTENER), "-o", output);
    assert.equal(await ask(output, ""), "heard");
  });

  await t.step("not of what only Deno has", async () => {
    const app = await file("deno.ts", "console.log(Deno.args);\n");
    const { code, stderr } = await cluster.wherry("build", app, "-o", output);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /it uses Deno, which there is only with --target deno/,
    );
  });

  await t.step("of text", async () => {
    await build(join(ROOT, "wasm/hello/hello.wat"), "-o", output);
    const { stdout } = await runCommand(await wasmtime(), [
      ...["run", "-C", "cache=n", output],
    ]);
    assert.equal(stdout, "hello from a WASM module\n");
    const echo = join(ROOT, "wasm/http_echo/http_echo.wat");
    await build(echo, "-o", output);
    assert.ok(readWasm(await Deno.readFile(output)).isComponent);
    const bad = await file("bad.wat", "(module (func i32.bogus))");
    const { code, stderr } = await cluster.wherry("build", bad);
    assert.equal(code, 1);
    assert.match(stderr, /bad\.wat:1:15: unknown operator/);
  });
});
