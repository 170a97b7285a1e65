import assert from "node:assert/strict";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { LogRotator, rotateLog } from "./log_rotation.ts";

async function inFolder(
  work: (bench: {
    path: string;
    rotate: (fails?: boolean) => Promise<boolean>;
    names: () => string[];
  }) => Promise<void>,
) {
  const folder = await Deno.makeTempDir();
  using host = makeRealHost();
  const path = `${folder}/0.log`;
  let now = Date.UTC(2026, 0, 1);
  try {
    await work({
      path,
      names: () => [...Deno.readDirSync(folder)].map((e) => e.name).toSorted(),
      rotate: (fails = false) =>
        rotateLog({ disk: host.disk, clock: { now: () => now += 1000 } }, {
          path,
          reopen: async () => {
            if (fails) throw new Error("not now");
            await Deno.writeTextFile(path, "");
          },
        }, { limitBytes: 10, files: 4 }),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("rotateLog() leaves a small log and a missing one alone", () =>
  inFolder(async ({ path, rotate, names }) => {
    assert.equal(await rotate(), false);
    await Deno.writeTextFile(path, "012345678");
    assert.equal(await rotate(), false);
    assert.deepEqual(names(), ["0.log"]);
  }));

Deno.test("rotateLog() keeps as many files as it may, the newest ones, and compresses all but the last", () =>
  inFolder(async ({ path, rotate, names }) => {
    await Deno.writeTextFile(`${path}.20251231T000000.000Z.tmp`, "half");
    for (const letter of ["a", "b", "c", "d", "e"]) {
      await Deno.writeTextFile(path, letter.repeat(10));
      assert.equal(await rotate(), true);
    }
    assert.deepEqual(names(), [
      "0.log",
      "0.log.20260101T000003.000Z.gz",
      "0.log.20260101T000004.000Z.gz",
      "0.log.20260101T000005.000Z",
    ]);
    const packed = await Deno.open(`${path}.20260101T000003.000Z.gz`);
    const text = await new Response(
      packed.readable.pipeThrough(new DecompressionStream("gzip")),
    ).text();
    assert.equal(text, "c".repeat(10));
  }));

Deno.test("rotateLog() keeps of a flood no more than the newest file and what full ones would have", () =>
  inFolder(async ({ path, rotate, names }) => {
    for (const [letter, size] of [["a", 30], ["b", 500], ["c", 700]] as const) {
      await Deno.writeTextFile(path, letter.repeat(size));
      assert.equal(await rotate(), true);
    }
    assert.deepEqual(names(), ["0.log", "0.log.20260101T000003.000Z"]);
  }));

Deno.test("rotateLog() gives the file its name back when the runtime refuses", () =>
  inFolder(async ({ path, rotate, names }) => {
    await Deno.writeTextFile(path, "x".repeat(11));
    await assert.rejects(rotate(true), /not now/);
    assert.deepEqual(names(), ["0.log"]);
  }));

Deno.test("look() comes back the sooner the faster a log grows, and rotates a flood's file", async () => {
  const folder = await Deno.makeTempDir();
  using host = makeRealHost();
  try {
    let nowMs = 0;
    const clock = { now: () => nowMs, monotonicMs: () => nowMs };
    const rotator = new LogRotator({ disk: host.disk, clock }, {
      limitBytes: 1000,
    });
    const path = `${folder}/0.log`;
    const write = (bytes: number) =>
      Deno.writeTextFile(path, "x".repeat(bytes), { append: true });
    let reopened = 0;
    const look = async (afterMs: number) => {
      nowMs += afterMs;
      return await rotator.look([{
        path,
        reopen: async () => {
          reopened++;
          await Deno.writeTextFile(path, "");
        },
      }]);
    };
    await write(10);
    assert.equal(await look(0), 10_000); // new: nobody knows how fast it grows
    assert.equal(await look(10_000), 30_000);
    await write(90);
    assert.equal(await look(10_000), 10_000);
    await write(400);
    // 400 bytes in ten seconds: the other 500 are there after 12.5.
    assert.equal(await look(10_000), 10_000);
    await write(450);
    assert.equal(Math.round(await look(10_000)), 1_111);
    await write(100);
    assert.equal(reopened, 0);
    await look(1_111);
    assert.equal(reopened, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
