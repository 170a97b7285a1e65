import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { testWith } from "../../../src/testing/needs.ts";
import { Compiler } from "./compiler.ts";
import { until } from "./pod_rig.ts";
import { wasmtimePath } from "./wasmtime_rig.ts";

/** An agent that compiles, as a program: it is killed. */
const AGENT = `
import { makeRealHost } from "${new URL(
  "../../../src/base/real_host.ts",
  import.meta.url,
)}";
import { Compiler } from "${new URL("./compiler.ts", import.meta.url)}";
const [dir, program] = Deno.args;
await new Compiler(makeRealHost(), { dir, cgroup: "/wherry-test-" + dir.split("-").at(-1) })
  .compile({ program, source: dir + "/source", target: dir + "/target", name: "x" });
`;

/** The arguments and limits of processes that have a file of this folder open. */
async function processesOn(
  folder: string,
): Promise<{ line: string; limits: string; uid: number }[]> {
  const found = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const isOn = [...Deno.readDirSync(`/proc/${name}/fd`)].some((fd) =>
        Deno.readLinkSync(`/proc/${name}/fd/${fd.name}`).startsWith(
          `${folder}/draft-`,
        )
      );
      if (!isOn) continue;
      const status = await Deno.readTextFile(`/proc/${name}/status`);
      found.push({
        line: (await Deno.readTextFile(`/proc/${name}/cmdline`))
          .replaceAll("\0", " "),
        limits: await Deno.readTextFile(`/proc/${name}/limits`),
        uid: Number(/^Uid:\t(\d+)/m.exec(status)?.[1]),
      });
    } catch {
      // another's, or it has ended
    }
  }
  return found;
}

testWith(
  "a compilation is bounded, and ends with the agent, however that ends",
  {
    needs: ["linux", "wasmtime"],
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const dir = await Deno.makeTempDir({ prefix: "wherry-compiler-" });
      try {
        // Takes the compiler far longer than the test looks at it.
        const body = "local.get 0 i64.const 3 i64.rem_s local.set 0 ";
        const functions = `(func (param i64) ${body.repeat(5_000)})`.repeat(
          300,
        );
        await Deno.writeTextFile(`${dir}/source`, `(module ${functions})`);
        await Deno.writeTextFile(`${dir}/agent.ts`, AGENT);
        const config = new URL("../../../deno.json", import.meta.url);
        const agent = new Deno.Command(Deno.execPath(), {
          args: [
            ...["run", "-A", "--no-check", `--config=${fileURLToPath(config)}`],
            ...[`${dir}/agent.ts`, dir, await Deno.realPath(wasmtimePath())],
          ],
        }).spawn();
        const compiler = async () =>
          (await processesOn(dir)).find(({ line }) =>
            /^\S+ compile /.test(line)
          );
        try {
          await until(async () => await compiler() !== undefined);
          const { limits, uid } = (await compiler())!;
          assert.match(limits, /^Max cpu time +600 /m);
          assert.match(limits, /^Max address space +\d+ /m);
          assert.match(limits, /^Max core file size +0 /m);
          if (Deno.uid() === 0) assert.equal(uid, 65533);
        } finally {
          agent.kill("SIGKILL");
          await agent.status;
        }
        await until(async () => (await processesOn(dir)).length === 0);
        assert.ok(!await Deno.stat(`${dir}/target`).catch(() => false));
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    },
  },
);

testWith("what the compiler says of a hostile file is short", {
  needs: ["linux", "wasmtime"],
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const dir = await Deno.makeTempDir({ prefix: "wherry-compiler-" });
    try {
      using host = makeRealHost();
      const name = "$" + "a".repeat(3_000_000);
      const source = `${dir}/source`;
      await Deno.writeTextFile(
        source,
        `(module (func (export "_start") call ${name}))`,
      );
      const cgroup = `/wherry-test-${dir.split("-").at(-1)}`;
      await assert.rejects(
        new Compiler(host, { dir, cgroup }).compile({
          program: await Deno.realPath(wasmtimePath()),
          source,
          target: `${dir}/target`,
          name: "x",
        }),
        (error: Error) =>
          /unknown func: failed to find name/.test(error.message) &&
          error.message.length < 5_000,
      );
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});
