import assert from "node:assert/strict";
import { serve } from "./serve.ts";

/** Where this folder is: a Go module of its own. */
const FOLDER = new URL(".", import.meta.url).pathname;

/** Whether Go is on this machine. */
const hasGo = await new Deno.Command("go", { args: ["version"] }).output()
  .then(({ success }) => success, () => false);

Deno.test({
  name: "the server is a Kubernetes API server to client-go",
  ignore: !hasGo,
  async fn() {
    // Built first, so that the compiler and the server do not compete.
    const tests = await Deno.makeTempFile({ prefix: "wherry-clients-" });
    try {
      assert.equal(await go(["test", "-c", "-o", tests, "."]), 0);
      await using served = await serve();
      assert.equal(await run(tests, ["-test.timeout=15m"], served.env), 0);
    } finally {
      await Deno.remove(tests);
    }
  },
});

function go(args: readonly string[]): Promise<number> {
  return run("nice", ["-n", "10", "go", ...args], {});
}

/** Runs a command in this folder with its output on ours; the answer is its exit status. */
async function run(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<number> {
  const child = new Deno.Command(program, {
    args: [...args],
    cwd: FOLDER,
    env,
    stdin: "null",
  }).spawn();
  return (await child.status).code;
}
