import assert from "node:assert/strict";
import { concat } from "../bytes.ts";
import {
  TAR_END_BYTES,
  type TarEntry,
  tarHeader,
  tarPadding,
} from "./tar_header.ts";
import { readTar, TarError, type TarMember } from "./tar_reader.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function archive(entries: readonly (TarEntry & { content?: string })[]) {
  return concat([
    ...entries.flatMap(({ content = "", ...entry }) => [
      tarHeader({ ...entry, sizeBytes: content.length }),
      bytes(content),
      tarPadding(content.length),
    ]),
    new Uint8Array(TAR_END_BYTES),
  ]);
}

async function read(
  stream: Uint8Array,
  chunkBytes = stream.length,
): Promise<(Omit<TarMember, "content"> & { content: string })[]> {
  const found = [];
  for await (const member of readTar(chunks(stream, chunkBytes))) {
    const parts = await Array.fromAsync(
      member.content,
      (part) => part.slice(),
    );
    const content = new TextDecoder().decode(concat(parts));
    found.push({ ...member, content });
  }
  return found;
}

async function* chunks(stream: Uint8Array, size: number) {
  for (let at = 0; at < stream.length; at += size) {
    yield stream.subarray(at, at + size);
  }
}

const LONG = `${"folder/".repeat(40)}ä file`;

const ENTRIES = [
  { name: "dir", type: "folder", mode: 0o755 },
  { name: "dir/a", type: "file", mode: 0o640, content: "one\n" },
  { name: LONG, type: "file", mode: 0o644, content: "x".repeat(1000) },
  { name: "empty", type: "file", mode: 0o600 },
  { name: "link", type: "link", mode: 0o777, linkTarget: LONG },
] as const;

Deno.test("readTar() reads what tarHeader() wrote, in pieces of any size", async () => {
  for (const size of [1, 511, 512, 1000, 1e6]) {
    const found = await read(archive(ENTRIES), size);
    assert.deepEqual(
      found.map(({ name, type, mode, content, linkTarget }) => [
        name,
        type,
        mode,
        content.length,
        linkTarget,
      ]),
      [
        ["dir/", "folder", 0o755, 0, ""],
        ["dir/a", "file", 0o640, 4, ""],
        [LONG, "file", 0o644, 1000, ""],
        ["empty", "file", 0o600, 0, ""],
        ["link", "link", 0o777, 0, LONG],
      ],
    );
  }
});

Deno.test("readTar() skips a content that nobody reads", async () => {
  const names = [];
  for await (const { name } of readTar(chunks(archive(ENTRIES), 100))) {
    names.push(name);
  }
  assert.equal(names.length, ENTRIES.length);
});

Deno.test({
  name: "tar and readTar() understand each other",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const dir = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${dir}/in/${"long-name-".repeat(9)}`, {
        recursive: true,
      });
      const deep = `in/${"long-name-".repeat(9)}/${"file-".repeat(20)}`;
      await Deno.writeTextFile(`${dir}/${deep}`, "deep\n");
      for (const format of ["gnu", "pax", "ustar"]) {
        const { stdout } = await new Deno.Command("tar", {
          args: ["-C", dir, `--format=${format}`, "-cf", "-", "in"],
        }).output();
        const file = (await read(stdout, 777)).find(({ type }) =>
          type === "file"
        );
        assert.equal(file?.name, deep, format);
        assert.equal(file?.content, "deep\n");
      }
      await Deno.writeFile(`${dir}/ours.tar`, archive(ENTRIES));
      await Deno.mkdir(`${dir}/out`);
      const { code, stderr } = await new Deno.Command("tar", {
        args: ["-C", `${dir}/out`, "-xf", `${dir}/ours.tar`],
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      assert.equal(await Deno.readTextFile(`${dir}/out/dir/a`), "one\n");
      assert.equal((await Deno.stat(`${dir}/out/${LONG}`)).size, 1000);
      assert.equal(await Deno.readLink(`${dir}/out/link`), LONG);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});

Deno.test("readTar() refuses what is broken, cut or larger than it may be", async () => {
  const whole = archive(ENTRIES);
  await assert.rejects(read(bytes("nonsense".repeat(100))), TarError);
  await assert.rejects(read(whole.subarray(0, 1000)), TarError);
  const huge = tarHeader({
    name: "x",
    type: "file",
    mode: 0,
    sizeBytes: 1e9,
  });
  huge[156] = "L".charCodeAt(0);
  const sum = huge.reduce(
    (total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte),
    0,
  );
  huge.set(bytes(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  await assert.rejects(read(huge), /a header of 1000000000 bytes/);
});

Deno.test("tarHeader() and readTar() know files beyond eight GiB", async () => {
  const sizeBytes = 20 * 2 ** 30;
  const header = tarHeader({ name: "big", type: "file", mode: 0, sizeBytes });
  for await (const member of readTar(chunks(header, 512))) {
    assert.equal(member.sizeBytes, sizeBytes);
    break;
  }
});
