import assert from "node:assert/strict";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { rotateLog } from "./log_rotation.ts";

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
        }, { limitBytes: 10, files: 3 }),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("rotateLog() leaves a small log and a missing one alone", () =>
  inFolder(async ({ path, rotate, names }) => {
    assert.equal(await rotate(), false);
    await Deno.writeTextFile(path, "0123456789");
    assert.equal(await rotate(), false);
    assert.deepEqual(names(), ["0.log"]);
  }));

Deno.test("rotateLog() keeps as many files as it may, the newest ones", () =>
  inFolder(async ({ path, rotate, names }) => {
    for (const letter of ["a", "b", "c", "d"]) {
      await Deno.writeTextFile(path, letter.repeat(11));
      assert.equal(await rotate(), true);
    }
    assert.deepEqual(names(), [
      "0.log",
      "0.log.20260101T000003.000Z",
      "0.log.20260101T000004.000Z",
    ]);
    assert.equal(
      await Deno.readTextFile(`${path}.20260101T000003.000Z`),
      "c".repeat(11),
    );
  }));

Deno.test("rotateLog() gives the file its name back when the runtime refuses", () =>
  inFolder(async ({ path, rotate, names }) => {
    await Deno.writeTextFile(path, "x".repeat(11));
    await assert.rejects(rotate(true), /not now/);
    assert.deepEqual(names(), ["0.log"]);
  }));
