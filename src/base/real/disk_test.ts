import assert from "node:assert/strict";
import { testWith } from "../../testing/needs.ts";
import { decodeText, encodeText } from "../bytes.ts";
import { RealDisk } from "./disk.ts";
import { RealRandom } from "./random.ts";

const DISK = new RealDisk(new RealRandom());

async function withFolder(
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function failsWith(code: string): { name: string; code: string } {
  return { name: "HostError", code };
}

Deno.test("writeAtomic() replaces a file with content and mode, and leaves nothing else", () =>
  withFolder(async (folder) => {
    const path = `${folder}/file`;
    await DISK.writeAtomic(path, "old");
    assert.equal((await DISK.stat(path)).mode, 0o644);
    await DISK.writeAtomic(path, encodeText("new"), { mode: 0o600 });
    assert.equal(await DISK.readText(path), "new");
    assert.equal((await DISK.stat(path)).mode, 0o600);
    assert.deepEqual(await DISK.list(folder), ["file"]);
  }));

Deno.test("writeAtomic() leaves the old file and nothing else when it fails", () =>
  withFolder(async (folder) => {
    await DISK.mkdir(`${folder}/taken/by/a/folder`);
    await assert.rejects(DISK.writeAtomic(`${folder}/taken`, "x"), {
      name: "HostError",
    });
    assert.deepEqual(await DISK.list(folder), ["taken"]);
    await assert.rejects(
      DISK.writeAtomic(`${folder}/no/such/folder`, "x"),
      failsWith("not-found"),
    );
  }));

Deno.test("readAt() reads a part, and less at the end", () =>
  withFolder(async (folder) => {
    const path = `${folder}/file`;
    await DISK.writeAtomic(path, "0123456789");
    const read = async (offset: number, length: number) =>
      decodeText(await DISK.readAt(path, { offset, length }));
    assert.equal(await read(2, 3), "234");
    assert.equal(await read(8, 10), "89");
    assert.equal(await read(20, 1), "");
  }));

Deno.test("openAppend() adds to the end, also of a file that is there", () =>
  withFolder(async (folder) => {
    const path = `${folder}/log`;
    for (const text of ["one ", "two"]) {
      await using file = await DISK.openAppend(path);
      await file.append(encodeText(text));
      await file.sync();
    }
    assert.equal(await DISK.readText(path), "one two");
  }));

Deno.test("missing files and folders are not-found, except to mkdir() and remove()", () =>
  withFolder(async (folder) => {
    const path = `${folder}/none`;
    const missing = failsWith("not-found");
    await assert.rejects(DISK.read(path), missing);
    await assert.rejects(DISK.readText(path), missing);
    await assert.rejects(DISK.readAt(path, { offset: 0, length: 1 }), missing);
    await assert.rejects(DISK.stat(path), missing);
    await assert.rejects(DISK.list(path), missing);
    await assert.rejects(DISK.rename(path, `${path}2`), missing);
    await assert.rejects(DISK.chmod(path, 0o600), missing);
    await assert.rejects(DISK.openAppend(`${path}/x`), missing);
    assert.throws(() => DISK.watch(path, () => {}), missing);
    await DISK.remove(path);
    await DISK.mkdir(`${path}/a/b`);
    await DISK.mkdir(`${path}/a/b`);
    assert.deepEqual(await DISK.list(`${path}/a`), ["b"]);
  }));

Deno.test("remove() takes a whole folder, and a link without what it leads to", () =>
  withFolder(async (folder) => {
    await DISK.mkdir(`${folder}/kept`);
    await DISK.writeAtomic(`${folder}/kept/file`, "x");
    await DISK.mkdir(`${folder}/gone/inner`);
    await DISK.symlink(`${folder}/kept`, `${folder}/gone/link`);
    assert.ok((await DISK.stat(`${folder}/gone/link`)).isSymlink);
    await DISK.remove(`${folder}/gone`);
    assert.deepEqual(await DISK.list(folder), ["kept"]);
    assert.equal(await DISK.readText(`${folder}/kept/file`), "x");
  }));

Deno.test("read() is invalid for a folder", () =>
  withFolder((folder) =>
    assert.rejects(DISK.read(folder), failsWith("invalid"))
  ));

Deno.test("writing to a full disk is no-space", async () => {
  await using full = await DISK.openAppend("/dev/full");
  await assert.rejects(full.append(encodeText("x")), failsWith("no-space"));
});

testWith("writing where one may not is permission", {
  needs: ["ordinary-user"],
  fn: () =>
    assert.rejects(
      DISK.writeAtomic("/etc/none-of-ours", "x"),
      failsWith("permission"),
    ),
});

Deno.test("watch() tells of a change until it is disposed", () =>
  withFolder(async (folder) => {
    let changes = 0;
    let changed = Promise.withResolvers<void>();
    const watching = DISK.watch(folder, () => {
      changes++;
      changed.resolve();
    });
    await DISK.writeAtomic(`${folder}/a`, "1");
    await changed.promise;
    watching[Symbol.dispose]();
    const before = changes;
    changed = Promise.withResolvers<void>();
    using other = DISK.watch(folder, () => changed.resolve());
    await DISK.writeAtomic(`${folder}/a`, "2");
    await changed.promise; // whoever watches is told, and the first one was not
    assert.equal(changes, before);
    assert.ok(other);
  }));

Deno.test("lock() is in-use while it is held, here or in another process, and free after a kill", () =>
  withFolder(async (folder) => {
    const path = `${folder}/lock`;
    {
      await using _held = await DISK.lock(path);
      await assert.rejects(DISK.lock(path), failsWith("in-use"));
    }
    const program = `
      import { RealDisk } from ${
      JSON.stringify(import.meta.resolve("./disk.ts"))
    };
      import { RealRandom } from ${
      JSON.stringify(import.meta.resolve("./random.ts"))
    };
      await new RealDisk(new RealRandom()).lock(${JSON.stringify(path)});
      console.log("held");
      setInterval(() => {}, 1000);
    `;
    const holder = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", program],
      stdout: "piped",
    }).spawn();
    const reader = holder.stdout.getReader();
    await reader.read();
    await assert.rejects(DISK.lock(path), {
      name: "HostError",
      code: "in-use",
      message: `Cannot lock "${path}": another process holds it`,
    });
    holder.kill("SIGKILL");
    await holder.status;
    await reader.cancel();
    await using _free = await DISK.lock(path);
  }));

Deno.test("openRead() reads on from where it began when the file's name is gone", () =>
  withFolder(async (folder) => {
    const path = `${folder}/file`;
    await DISK.writeAtomic(path, "0123456789");
    await using file = await DISK.openRead(path, { offset: 4 });
    assert.equal(file.sizeBytes, 10);
    await DISK.remove(path);
    const buffer = new Uint8Array(4);
    assert.equal(await file.read(buffer), 4);
    assert.equal(decodeText(buffer), "4567");
    assert.equal(await file.read(buffer), 2);
    assert.equal(await file.read(buffer), null);
    await assert.rejects(DISK.openRead(path), failsWith("not-found"));
  }));
