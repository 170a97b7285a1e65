import assert from "node:assert/strict";
import { decodeText } from "../../../src/base/bytes.ts";
import { makeRealHost } from "../../../src/base/real_host.ts";
import { LogFile } from "./log_file.ts";

const line = (text: string) => `2026-01-01T00:00:00Z stdout F ${text}\n`;

async function inFolder(work: (path: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await work(`${folder}/0.log`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function texts(file: LogFile): Promise<string[]> {
  const all = await Array.fromAsync(file.read());
  return all.map((entry) => decodeText(entry.line));
}

Deno.test("LogFile.read() goes on where it stopped", () =>
  inFolder(async (path) => {
    using host = makeRealHost();
    const file = await LogFile.open(host.disk, path);
    assert.deepEqual(await texts(file), []);
    await Deno.writeTextFile(path, line("a") + "2026-01-01T00:00:00Z std");
    assert.deepEqual(await texts(file), ["a"]);
    await Deno.writeTextFile(path, "out F b\n", { append: true });
    assert.deepEqual(await texts(file), ["b"]);
  }));

Deno.test("LogFile.read() reads a rotated file to its end, then the new one", () =>
  inFolder(async (path) => {
    using host = makeRealHost();
    await Deno.writeTextFile(`${path}.20260101-000000`, line("before"));
    await Deno.writeTextFile(path, line("a"));
    const file = await LogFile.open(host.disk, path);
    assert.deepEqual(await texts(file), ["before", "a"]);
    await Deno.writeTextFile(path, line("b"), { append: true });
    await Deno.rename(path, `${path}.20260102-000000`);
    await Deno.writeTextFile(path, line("c"));
    await Deno.rename(path, `${path}.20260103-000000`);
    await Deno.writeTextFile(path, line("d"));
    assert.deepEqual(await texts(file), ["b", "c", "d"]);
    assert.deepEqual(await texts(file), []);
  }));

Deno.test("LogFile.open() begins at the last lines, over any distance", () =>
  inFolder(async (path) => {
    using host = makeRealHost();
    const filler = "x".repeat(1000);
    await Deno.writeTextFile(
      path,
      Array.from({ length: 300 }, (_, i) => line(`${i} ${filler}`)).join(""),
    );
    for (const count of [0, 1, 2, 65, 66, 299, 300, 1000]) {
      const file = await LogFile.open(host.disk, path, {
        tailLines: count,
      });
      const got = (await texts(file)).map((text) => Number(text.split(" ")[0]));
      const first = Math.max(0, 300 - count);
      assert.deepEqual(
        got,
        Array.from({ length: 300 - first }, (_, i) => first + i),
      );
    }
  }));

Deno.test("LogFile.open() counts the last lines back into rotated files", () =>
  inFolder(async (path) => {
    using host = makeRealHost();
    await Deno.writeTextFile(`${path}.20260101-000000`, line("1") + line("2"));
    await Deno.writeTextFile(`${path}.20260102-000000`, line("3") + line("4"));
    await Deno.writeTextFile(path, line("5"));
    for (let tailLines = 0; tailLines <= 7; tailLines++) {
      const file = await LogFile.open(host.disk, path, { tailLines });
      const all = ["1", "2", "3", "4", "5"];
      assert.deepEqual(
        await texts(file),
        all.slice(Math.max(0, 5 - tailLines)),
        `the last ${tailLines}`,
      );
    }
    // Just rotated, nothing written yet.
    await Deno.remove(path);
    const file = await LogFile.open(host.disk, path, { tailLines: 3 });
    assert.deepEqual(await texts(file), ["2", "3", "4"]);
  }));

Deno.test("LogFile.open() leaves rotated files out that ended before the time that is asked for", () =>
  inFolder(async (path) => {
    using host = makeRealHost();
    const at = (day: number) => new Date(Date.UTC(2026, 0, day));
    for (const [name, day] of [["a", 1], ["b", 3]] as const) {
      const file = `${path}.2026010${day}-000000`;
      await Deno.writeTextFile(file, line(name));
      await Deno.utime(file, at(day), at(day));
    }
    await Deno.writeTextFile(path, line("c"));
    const since = async (day: number) =>
      await texts(
        await LogFile.open(host.disk, path, { since: at(day).getTime() }),
      );
    assert.deepEqual(await since(1), ["a", "b", "c"]);
    assert.deepEqual(await since(2), ["b", "c"]);
    assert.deepEqual(await since(4), ["c"]);
  }));
