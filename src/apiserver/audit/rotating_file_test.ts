import assert from "node:assert/strict";
import { makeRealHost } from "../../base/real_host.ts";
import { RotatingFile } from "./rotating_file.ts";

const LINE = "x".repeat(1000);

/** Writes lines one batch after another, with time between. */
async function fill(
  file: RotatingFile,
  { batches, pause }: { batches: number; pause: () => Promise<void> },
): Promise<void> {
  for (let at = 0; at < batches; at++) {
    for (let line = 0; line < 10; line++) file.write(`${at}-${line} ${LINE}`);
    await pause();
  }
}

/** A folder, and a host whose clock goes a day further at each look. */
async function place() {
  const folder = await Deno.makeTempDir({ prefix: "wherry-audit-" });
  const real = makeRealHost({ writeLog: () => {} });
  let ms = Date.UTC(2026, 0, 1);
  const now = () => ms += 60_000;
  const host = { ...real, clock: { ...real.clock, now } };
  const settle = () => new Promise<void>((done) => setTimeout(done, 5));
  return {
    host,
    folder,
    pause: settle,
    later: (days: number) => void (ms += days * 86_400_000),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function names(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(folder)) found.push(name);
  return found.sort();
}

Deno.test("RotatingFile puts full files away under the time, and loses no line", async () => {
  await using at = await place();
  const path = `${at.folder}/logs/audit.log`;
  await using file = new RotatingFile(at.host, { path, maxSizeMb: 0.02 });
  await fill(file, { batches: 5, pause: at.pause });
  await file[Symbol.asyncDispose]();
  const files = await names(`${at.folder}/logs`);
  assert.ok(files.length >= 3, files.join());
  for (const name of files.slice(0, -1)) {
    assert.match(
      name,
      /^audit-2026-01-01T\d\d-\d\d-\d\d\.\d{3}\.log$/,
    );
  }
  const lines: string[] = [];
  for (const name of files) {
    const text = await Deno.readTextFile(`${at.folder}/logs/${name}`);
    assert.ok(text.length <= 0.02 * 1024 * 1024);
    lines.push(
      ...text.trimEnd().split("\n").map((line) => line.split(" ")[0]!),
    );
  }
  const wanted = Array.from(
    { length: 50 },
    (_, index) => `${Math.floor(index / 10)}-${index % 10}`,
  );
  assert.deepEqual(lines, wanted);
});

Deno.test("RotatingFile keeps so many old files, and for so long", async () => {
  await using at = await place();
  const path = `${at.folder}/audit.log`;
  await Deno.writeTextFile(`${at.folder}/audit-notes.log`, "mine");
  const options = { path, maxSizeMb: 0.01, maxBackups: 2, maxAgeDays: 7 };
  {
    await using file = new RotatingFile(at.host, options);
    await fill(file, { batches: 6, pause: at.pause });
  }
  const first = await names(at.folder);
  assert.equal(first.filter((name) => name.includes("T")).length, 2);
  at.later(10);
  await using file = new RotatingFile(at.host, options);
  await fill(file, { batches: 2, pause: at.pause });
  await file[Symbol.asyncDispose]();
  const second = await names(at.folder);
  assert.equal(
    second.some((name) => first.includes(name) && name.includes("T")),
    false,
  );
  assert.ok(second.includes("audit-notes.log"));
});

Deno.test("RotatingFile goes on where it stopped", async () => {
  await using at = await place();
  const path = `${at.folder}/audit.log`;
  for (const line of ["one", "two"]) {
    await using file = new RotatingFile(at.host, { path });
    file.write(line);
  }
  assert.equal(await Deno.readTextFile(path), "one\ntwo\n");
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
});
