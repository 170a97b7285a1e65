import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { guestCommand, runGuest } from "../guest_rig.ts";

function test(
  does: string,
  args: readonly string[],
  expected: { code?: number; stdout?: string; stderr?: RegExp },
): void {
  testWith(`exerciser ${does}`, {
    needs: ["wasmtime"],
    fn: async () => {
      const result = await runGuest("exerciser", {
        args,
        options: ["--env", "A=1", "--env", "B=two words"],
      });
      assert.equal(result.code, expected.code ?? 0, result.stderr);
      assert.equal(result.stdout, expected.stdout ?? "");
      assert.match(result.stderr, expected.stderr ?? /^$/);
    },
  });
}

test("does nothing without arguments", [], {});
test("prints on both streams", ["print", "a", "error", "b", "put", "c"], {
  stdout: "a\nc",
  stderr: /^b\n$/,
});
test("ends with the status that it is told", ["exit", "42"], { code: 42 });
test("ends with 2 when it does not know a word", ["dance"], { code: 2 });
test("ends with 2 when a word's value is missing", ["print"], { code: 2 });
test("ends with 3 when there is no such file", ["read", "/nowhere"], {
  code: 3,
});
test("says that it may not write and goes on", [
  ...["try", "/nowhere/x", "no", "print", "on"],
], { stdout: "refused\non\n" });
test("prints its environment", ["env"], { stdout: "A=1\nB=two words\n" });
test("prints its arguments", ["args"], { stdout: "exerciser.wat\nargs\n" });
test("counts lines", ["lines", "12", "1"], {
  stdout: Array.from({ length: 12 }, (_, i) => `line ${i + 1}\n`).join(""),
});
test("floods", ["flood", "3"], {
  stdout: `${Array(9).fill("0123456789").join(" ")}\n`.repeat(3),
});
test("takes memory", ["allocate", "8", "print", "taken"], {
  stdout: "taken\n",
});
test("ends with 5 when there is no more memory", ["allocate", "4096"], {
  code: 5,
});
test("crashes", ["trap"], { code: 134, stderr: /unreachable/ });

testWith("exerciser reads and writes files below the folder that is nearest", {
  needs: ["wasmtime"],
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "wherry-guest-" });
    try {
      await Deno.mkdir(`${folder}/a/inner`, { recursive: true });
      await Deno.mkdir(`${folder}/b`);
      await Deno.writeTextFile(`${folder}/a/file`, "outer\n");
      await Deno.writeTextFile(`${folder}/b/file`, "nearest\n");
      const { code, stdout } = await runGuest("exerciser", {
        options: [
          "--dir",
          `${folder}/a::/data`,
          "--dir",
          `${folder}/b::/data/inner`,
        ],
        args: [
          ...["read", "/data/file", "read", "/data/inner/file"],
          ...["write", "/data/inner/new", "written"],
        ],
      });
      assert.equal(code, 0);
      assert.equal(stdout, "outer\nnearest\n");
      assert.equal(await Deno.readTextFile(`${folder}/b/new`), "written\n");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

for (const word of [["spin"], ["sleep", "600000"]]) {
  testWith(
    `exerciser goes on until it is killed when it is told to ${word[0]}`,
    {
      needs: ["wasmtime"],
      fn: async () => {
        const child = guestCommand("run", "exerciser", {
          args: ["print", "up", ...word],
        }).spawn();
        const reader = child.stdout.getReader();
        const { value } = await reader.read();
        assert.equal(new TextDecoder().decode(value), "up\n");
        child.kill("SIGTERM");
        assert.equal((await child.status).code, 143);
        reader.releaseLock();
        await Promise.all([
          child.stdout.cancel(),
          child.stderr.cancel(),
          child.stdin.close(),
        ]);
      },
    },
  );
}
