import assert from "node:assert/strict";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { LogReader } from "./log_reader.ts";

let clock = 0;

/** Lines as the log writer makes them, each with a time of its own. */
function lines(...texts: string[]): string {
  return texts.map((text) =>
    `2026-01-31T12:34:56.${
      String(++clock).padStart(9, "0")
    }Z stdout F ${text}\n`
  ).join("");
}

function test(
  does: string,
  fn: (path: string, open: () => LogReader) => Promise<void>,
): void {
  Deno.test(`LogReader ${does}`, async () => {
    using host = makeRealHost();
    const folder = await Deno.makeTempDir({ prefix: "wherry-log-" });
    try {
      const path = `${folder}/0.log`;
      await fn(path, () => new LogReader(host, path));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

async function texts(reader: LogReader): Promise<string[]> {
  const entries = await Array.fromAsync(reader.read());
  return entries.map(({ line }) => new TextDecoder().decode(line));
}

test("answers nothing when there is no file", async (_path, open) => {
  assert.deepEqual(await texts(open()), []);
});

test("answers what came since the last read", async (path, open) => {
  const reader = open();
  await Deno.writeTextFile(path, lines("a", "b"));
  assert.deepEqual(await texts(reader), ["a", "b"]);
  assert.deepEqual(await texts(reader), []);
  await Deno.writeTextFile(path, lines("c"), { append: true });
  assert.deepEqual(await texts(reader), ["c"]);
});

test("waits for the end of a line", async (path, open) => {
  const reader = open();
  const line = lines("a long line");
  await Deno.writeTextFile(path, lines("a") + line.slice(0, 50));
  assert.deepEqual(await texts(reader), ["a"]);
  await Deno.writeTextFile(path, line.slice(50), { append: true });
  assert.deepEqual(await texts(reader), ["a long line"]);
});

test(
  "reads the older file first and goes on over a rotation",
  async (path, open) => {
    await Deno.writeTextFile(`${path}.1`, lines("a"));
    await Deno.writeTextFile(path, lines("b"));
    const reader = open();
    assert.deepEqual(await texts(reader), ["a", "b"]);
    await Deno.writeTextFile(path, lines("c"), { append: true });
    await Deno.rename(path, `${path}.1`);
    assert.deepEqual(await texts(reader), ["c"]);
    await Deno.writeTextFile(path, lines("d"));
    assert.deepEqual(await texts(reader), ["d"]);
  },
);

test(
  "goes on with what is left when it was rotated twice meanwhile",
  async (path, open) => {
    const reader = open();
    await Deno.writeTextFile(path, lines("a"));
    assert.deepEqual(await texts(reader), ["a"]);
    await Deno.writeTextFile(`${path}.1`, lines("c"));
    await Deno.writeTextFile(path, lines("d"));
    assert.deepEqual(await texts(reader), ["c", "d"]);
  },
);

test("skips what is torn", async (path, open) => {
  await Deno.writeTextFile(
    path,
    lines("a") + "2026-01-31T12:34\n" + lines("b"),
  );
  assert.deepEqual(await texts(open()), ["a", "b"]);
});

test(
  "begins with the last lines, over both files and blocks",
  async (path, open) => {
    const wide = Array.from(
      { length: 3_000 },
      (_, i) => `${i} ${"x".repeat(60)}`,
    );
    await Deno.writeTextFile(`${path}.1`, lines("p", "q"));
    await Deno.writeTextFile(path, lines(...wide));
    for (const count of [0, 1, 2_000, 3_000, 3_001, 3_002, 9_999]) {
      const reader = open();
      await reader.seekToLast(count);
      assert.deepEqual(
        await texts(reader),
        ["p", "q", ...wide].slice(-Math.min(count, 3_002) || 3_002),
        String(count),
      );
    }
  },
);

test("reads a file of many blocks", async (path, open) => {
  const many = Array.from({ length: 5_000 }, (_, i) => "y".repeat(i % 97));
  await Deno.writeTextFile(path, lines(...many));
  assert.deepEqual(await texts(open()), many);
});
