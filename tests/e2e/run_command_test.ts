/**
 * From source to edge: `wherry run`, `dev`, `push`, `pull`, `image` and `doctor` on a real server and agent. What must be fetched first (the
 * translator of WebAssembly text, componentize-js) is not used here.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Any } from "./objects.ts";
import { Rig } from "./rig.ts";

/** `wasm/hello/hello.wat` as a binary. */
const HELLO_WASM =
  "AGFzbQEAAAABDAJgBH9/f38Bf2AAAAIjARZ3YXNpX3NuYXBzaG90X3ByZXZpZXcxCGZkX3dyaXRlAAADAgEBBQMBAAEHEwIGbWVtb3J5AgAGX3N0YXJ0AAEKHQEbAEEAQRA2AgBBBEEZNgIAQQFBAEEBQQgQABoLCx8BAEEQCxloZWxsbyBmcm9tIGEgV0FTTSBtb2R1bGUKABIEbmFtZQELAQAIZmRfd3JpdGU=";

const server = (text: string) =>
  `import { who } from "./who.ts";
export default {
  fetch(): Response {
    const text = [who(), Deno.env.get("POD_NAME"), "${text}"];
    return new Response(text.join(" "));
  },
};
`;
const JOB = `console.log("args", ...Deno.args, Deno.env.get("WHO"));
if (Deno.args[0] === "fail") Deno.exit(7);
`;

Deno.test("a source file becomes replicas on nodes", async (t) => {
  await using rig = await Rig.open();
  const { cluster } = rig;
  const folder = join(cluster.dir, "source");
  await Deno.mkdir(folder);
  const file = async (name: string, content: string | Uint8Array) => {
    const path = join(folder, name);
    await (typeof content === "string"
      ? Deno.writeTextFile(path, content)
      : Deno.writeFile(path, content));
    return path;
  };
  const done = async (...args: string[]) => {
    const result = await cluster.wherry(...args);
    assert.equal(result.code, 0, result.stderr);
    return result;
  };
  const names = async (plural: string, selector = "") =>
    (await rig.list(plural, selector)).map((object: Any) =>
      object.metadata.name
    );
  const ask = async (url: string) => {
    const response = await fetch(url, { headers: { connection: "close" } });
    return await response.text();
  };
  const hello = await file("hello.ts", server("one"));
  await file("who.ts", 'export const who = (): string => "hello from";\n');

  await t.step("run builds, pushes, deploys and exposes", async () => {
    const { stdout, stderr } = await done("run", hello, "--replicas", "2");
    assert.match(stderr, /^hello:[0-9a-f]{12}: .* serves HTTP; .* pushed$/m);
    assert.match(stderr, /^service\/hello created$/m);
    assert.match(stderr, /^deployment\.apps\/hello created$/m);
    const pods = await names("pods", "run=hello");
    assert.equal(pods.length, 2);
    const url = stdout.trim();
    assert.match(url, /^http:\/\/[\d.]+:8080$/);
    await rig.ready("run=hello", 2, "hello");
    const said = new Set<string>();
    await rig.until("both answer", async () => {
      said.add(await ask(url));
      return said.size === 2;
    });
    assert.deepEqual(
      [...said].sort(),
      pods.map((pod) => `hello from ${pod} one`).sort(),
    );
  });

  await t.step("run again changes nothing, and pushes nothing", async () => {
    const { stderr } = await done("run", hello);
    assert.match(stderr, /is there already$/m);
    assert.match(stderr, /^service\/hello unchanged$/m);
    assert.match(stderr, /^deployment\.apps\/hello unchanged$/m);
  });

  await t.step("another source is rolled out; replicas stay", async () => {
    await file("hello.ts", server("two"));
    const { stdout, stderr } = await done("run", hello);
    assert.match(stderr, /^deployment\.apps\/hello configured$/m);
    const { spec } = await rig.get("deployments", "hello");
    assert.equal(spec.replicas, 2);
    await rig.until(
      "the new ones answer",
      async () => (await ask(stdout.trim())).endsWith(" two"),
    );
  });

  await t.step("what is wrong is told before anything is made", async () => {
    const wrong = async (why: RegExp, ...args: string[]) => {
      const { code, stdout, stderr } = await cluster.wherry("run", ...args);
      assert.notEqual(code, 0);
      assert.equal(stdout, "");
      assert.match(stderr, why);
    };
    const types = await file("types.ts", 'export const n: number = "x";\n');
    await wrong(/^error: the types in .* do not fit .*\nTS2322 /, types);
    const missing = await file("missing.ts", 'import "./nowhere.ts";\n');
    await wrong(/cannot bundle "missing\.ts": Module not found/, missing);
    const text = await file("text.wasm", "(module)");
    await wrong(/it is not WebAssembly: it looks like text/, text);
    await wrong(/none\.ts" does not exist/, join(folder, "none.ts"));
    await wrong(/"a\/b" cannot be a name/, hello, "--name", "a/b");
    await wrong(/--port must be PORT/, hello, "--port", "x");
    await wrong(
      /a service "kubernetes" that was not made by wherry run/,
      ...[hello, "--name", "kubernetes"],
    );
    assert.deepEqual(await names("deployments"), ["hello"]);
  });

  await t.step("what runs once prints and ends as it does", async () => {
    const job = await file("job.ts", JOB);
    const once = ["--restart=Never", "--rm", "--env", "WHO=me"];
    const good = await done("run", job, ...once, "--", "a", "b");
    assert.equal(good.stdout, "args a b me\n");
    const bad = await cluster.wherry("run", job, ...once, "--", "fail");
    assert.equal(bad.code, 7);
    assert.match(bad.stderr, /exit status 7/);
    const wasm = await file("words.wasm", Uint8Array.fromBase64(HELLO_WASM));
    const words = await done("run", wasm, "--restart=Never");
    assert.equal(words.stdout, "hello from a WASM module\n");
    await rig.until(
      "the others are removed",
      async () => (await names("pods", "run-once")).join() === "words",
    );
  });

  await t.step("push, pull, ls and rm", async () => {
    const first = await done("push", hello, "team/hello:v1");
    assert.match(first.stdout, /^team\/hello:v1@sha256:[0-9a-f]{64}\n$/);
    const second = await done("push", hello, "team/hello:v1");
    assert.equal(second.stdout, first.stdout);
    assert.match(second.stderr, / 0 B moved: it is there already$/m);
    const copy = join(folder, "copy.js");
    await done("pull", "team/hello:v1", "-o", copy);
    assert.match(await Deno.readTextFile(copy), /"two"/);
    const again = await done("pull", "team/hello:v1", "-o", copy);
    assert.match(again.stderr, / 0 B moved: it is here already$/m);
    const { stdout } = await done("image", "ls");
    assert.match(stdout, /^team\/hello +v1 +deno +[\d.]+ K?B +[0-9a-f]{12}$/m);
    const removed = await done("image", "rm", "team/hello:v1");
    assert.match(removed.stdout, /^team\/hello:v1 deleted; .* become free\n$/);
    const gone = await cluster.wherry("image", "rm", "team/hello:v1");
    assert.equal(gone.code, 1);
    assert.match(gone.stderr, /there is no "team\/hello:v1"/);
    // The job's pod is gone; hello's versions are those of its ReplicaSets.
    const pruned = await done("image", "prune");
    assert.match(pruned.stdout, /^job:[0-9a-f]{12} deleted\n$/);
  });

  await t.step("dev replaces what is saved, and takes it away", async () => {
    const shop = await file("shop.ts", server("one"));
    const running = cluster.start("dev", [
      ...["--kubeconfig", cluster.kubeconfig],
      ...["dev", shop, "--local-port", "0"],
    ]);
    const log = () => cluster.log("dev");
    let url = "";
    await rig.until("dev says where", async () => {
      url = /http:\/\/localhost:\d+/.exec(await log())?.[0] ?? "";
      return url !== "";
    });
    const says = (text: RegExp) =>
      rig.until(
        `it says ${text}`,
        async () => text.test(await ask(url).catch(() => "")),
      );
    await says(/^hello from .* one$/);
    await file("shop.ts", server("two"));
    await says(/^hello from .* two$/);
    await file("who.ts", 'export const who = (: string => "";\n');
    await rig.until(
      "the error is shown",
      async () => (await log()).includes('error: cannot bundle "shop.ts"'),
    );
    await says(/^hello from .* two$/);
    await file("who.ts", 'export const who = (): number => "other";\n');
    await says(/^other .* two$/);
    await rig.until(
      "types are shown",
      async () => (await log()).includes("TS2322"),
    );
    assert.equal(await running.stop(), 0);
    const { kind, code } = await rig.get("deployments", "shop");
    assert.deepEqual([kind, code], ["Status", 404]);
    assert.doesNotMatch((await done("image", "ls")).stdout, /^shop /m);
  });

  await t.step("doctor says that all is well", async () => {
    const { stdout } = await done("doctor", "cli", "agent", "-o", "json");
    const { ok, sections } = JSON.parse(stdout);
    assert.equal(ok, true);
    const levels = new Map(
      sections.flatMap(({ findings }: Any) => findings).map((
        { what, level }: Any,
      ) => [what, level]),
    );
    for (const what of ["Deno", "server", "registry", "nodes", "agent"]) {
      assert.equal(levels.get(what), "ok", what);
    }
    const none = await cluster.wherry("doctor", "--kubeconfig", "/nowhere");
    assert.equal(none.code, 1);
    assert.match(none.stdout, /^ {2}fail kubeconfig +no kubeconfig /m);
  });
});
