import assert from "node:assert/strict";
import { testWith } from "../../../src/testing/needs.ts";
import { nativeProgram } from "./native_programs.ts";

const LINE =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z) (stdout|stderr) ([FP]) (.*)$/;

function test(
  does: string,
  fn: (
    write: (
      input: Uint8Array<ArrayBuffer> | string,
      more?: { limit?: number; first?: string },
    ) => Promise<void>,
    folder: string,
  ) => Promise<void>,
): void {
  testWith(`log_writer ${does}`, {
    needs: ["linux"],
    fn: async () => {
      const folder = await Deno.makeTempDir({ prefix: "wherry-log-" });
      const program = `${folder}/program`;
      await Deno.writeFile(
        program,
        nativeProgram("log_writer", Deno.build.arch),
        { mode: 0o755 },
      );
      await Deno.mkdir(`${folder}/logs`);
      try {
        await fn(async (input, { limit = 1_000_000, first } = {}) => {
          const child = new Deno.Command(program, {
            args: [
              ...[`${folder}/logs`, "0.log", "stdout", String(limit)],
              ...first ? [first] : [],
            ],
            stdin: "piped",
          }).spawn();
          const writer = child.stdin.getWriter();
          await writer.write(
            typeof input === "string" ? new TextEncoder().encode(input) : input,
          );
          await writer.close();
          assert.equal((await child.status).code, 0);
        }, `${folder}/logs`);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

async function lines(path: string): Promise<string[][]> {
  const text = await Deno.readTextFile(path);
  assert.ok(text.endsWith("\n"));
  return text.slice(0, -1).split("\n").map((line) => {
    const match = LINE.exec(line);
    assert.ok(match, line);
    return match.slice(1);
  });
}

test("writes each line with its time", async (write, folder) => {
  const before = Date.now();
  await write("one\n\nlast");
  const found = await lines(`${folder}/0.log`);
  assert.deepEqual(
    found.map(([, ...rest]) => rest),
    [["stdout", "F", "one"], ["stdout", "F", ""], ["stdout", "F", "last"]],
  );
  for (const [time = ""] of found) {
    const ms = Date.parse(time.replace(/\d{6}Z$/, "Z"));
    assert.ok(ms >= before && ms <= Date.now(), time);
  }
  const times = found.map(([time]) => time);
  assert.equal(new Set(times).size, 3);
  assert.deepEqual(times.toSorted(), times);
});

test("appends to what is there", async (write, folder) => {
  await write("one\n");
  await write("two\n");
  const found = await lines(`${folder}/0.log`);
  assert.deepEqual(found.map(([, , , text]) => text), ["one", "two"]);
});

test(
  "takes the first file's bytes before its input and removes the file",
  async (write, folder) => {
    await Deno.writeTextFile(`${folder}/.first`, "b");
    await write("egin\nend\n", { first: ".first" });
    const found = await lines(`${folder}/0.log`);
    assert.deepEqual(found.map(([, , , text]) => text), ["begin", "end"]);
    await assert.rejects(Deno.stat(`${folder}/.first`), Deno.errors.NotFound);
  },
);

test("keeps bytes as they are", async (write, folder) => {
  await write(new Uint8Array([0, 255, 13, 9, 10]));
  const bytes = await Deno.readFile(`${folder}/0.log`);
  assert.deepEqual([...bytes.slice(-5)], [0, 255, 13, 9, 10]);
});

test("rotates at the limit and keeps one older file", async (write, folder) => {
  const count = 3_000;
  for (let run = 0; run < 3; run++) {
    const from = run * count;
    await write(
      Array.from({ length: count }, (_, i) => `${from + i}\n`).join(""),
      { limit: 100_000 },
    );
  }
  const older = await lines(`${folder}/0.log.1`);
  const newer = await lines(`${folder}/0.log`);
  const numbers = [...older, ...newer].map(([, , , text]) => Number(text));
  assert.equal(numbers.at(-1), 3 * count - 1);
  numbers.forEach((number, i) =>
    assert.equal(number, (numbers[0] ?? 0) + i, "no line is missing in between")
  );
  assert.deepEqual(
    (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name)
      .sort(),
    ["0.log", "0.log.1"],
  );
});

test("cuts lines of more than 16 KiB into parts", async (write, folder) => {
  await write("x".repeat(40_000) + "\nshort\n" + "y".repeat(16_384) + "\n");
  const found = await lines(`${folder}/0.log`);
  assert.deepEqual(found.map(([, , tag, text = ""]) => [tag, text.length]), [
    ["P", 16_384],
    ["P", 16_384],
    ["F", 7_232],
    ["F", 5],
    ["F", 16_384],
  ]);
});

test(
  "keeps within twice its limit whatever is printed",
  async (write, folder) => {
    const limit = 200_000;
    for (const line of ["\n", "x", `${"y".repeat(100)}\n`]) {
      await write(line.repeat(1_000_000 / line.length), { limit });
      for (const name of ["0.log", "0.log.1"]) {
        // What is written at once.
        const { size } = await Deno.stat(`${folder}/${name}`);
        assert.ok(size <= limit + 100_000, `${name}: ${size}`);
      }
    }
  },
);
