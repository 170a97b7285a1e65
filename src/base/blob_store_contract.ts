/**
 * The laws of {@linkcode BlobStore} as tests. Each implementation's own test calls {@linkcode blobStoreContract}.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  appendAll,
  type BlobStore,
  type ByteSource,
  putBlob,
} from "./blob_store.ts";
import { concat, encodeText } from "./bytes.ts";
import { type ContentDigest, contentDigest } from "./oci/content_digest.ts";
import { makeRealHost } from "./real_host.ts";

/** A place for contents that stays when the store is closed and opened again. */
export interface BlobStoreSubject extends AsyncDisposable {
  /** Opens a store there, as a new process would. */
  open(): Promise<BlobStore>;
}

/** Registers the tests. @param make a new place */
export function blobStoreContract(
  name: string,
  make: () => Promise<BlobStoreSubject>,
): void {
  for (const [law, check] of Object.entries(LAWS)) {
    Deno.test(`${name} ${law}`, async () => {
      await using subject = await make();
      await check(subject);
    });
  }
}

const LAWS: Readonly<
  Record<string, (subject: BlobStoreSubject) => Promise<void>>
> = {
  async "gives back what was put, as a whole and in parts"(subject) {
    await using store = await subject.open();
    const content = noise(300_001);
    const digest = sha256(content);
    await put(store, content);
    assert.deepEqual(await store.stat(digest), {
      digest,
      sizeBytes: content.length,
    });
    assert.deepEqual(await all(await store.read(digest)), content);
    for (const [offset, length] of RANGES) {
      assert.deepEqual(
        await all(await store.read(digest, { offset, length })),
        content.slice(offset, offset + length),
        `${offset}, ${length}`,
      );
    }
  },

  async "keeps contents of no length, and under both algorithms"(subject) {
    await using store = await subject.open();
    const nothing = new Uint8Array();
    const text = encodeText("text");
    await put(store, nothing);
    const digest = contentDigest(HOST, "sha512", text);
    await put(store, text, digest);
    assert.deepEqual(await all(await store.read(sha256(nothing))), nothing);
    assert.deepEqual(await all(await store.read(digest)), text);
    assert.equal(await store.stat(sha256(text)), undefined);
    assert.deepEqual(
      (await listed(store.list())).map(({ digest }) => digest).sort(),
      [sha256(nothing), digest],
    );
  },

  async "has nothing under a digest that the content does not have"(subject) {
    await using store = await subject.open();
    const digest = sha256(encodeText("another"));
    await assert.rejects(put(store, encodeText("one"), digest), {
      name: "DigestMismatch",
    });
    assert.equal(await store.stat(digest), undefined);
    assert.equal(await store.read(digest), undefined);
    assert.deepEqual(await listed(store.list()), []);
    assert.deepEqual(await listed(store.listUploads()), []);
  },

  async "takes no more than the limit"(subject) {
    await using store = await subject.open();
    const content = noise(100);
    const digest = sha256(content);
    const source = streamOf([content]);
    await assert.rejects(
      putBlob(HOST, store, { digest, source, limitBytes: 99 }),
      { name: "TooManyBytes" },
    );
    assert.deepEqual(await listed(store.listUploads()), []);
    await putBlob(HOST, store, {
      digest,
      source: streamOf([content]),
      limitBytes: 100,
    });
  },

  async "goes on with an upload after another process began it"(subject) {
    const content = noise(200_003);
    for (const cut of [0, 1, 64_000, 128_000, 130_000, 200_003]) {
      const id = `cut-${cut}`;
      {
        await using store = await subject.open();
        await using upload = await store.openUpload(id);
        await upload.append(content.subarray(0, cut));
        await upload.sync();
      }
      await using store = await subject.open();
      {
        await using upload = await store.openUpload(id);
        assert.equal(upload.sizeBytes, cut);
        await upload.append(content.subarray(cut));
        assert.ok(await upload.matches(sha256(content)));
        await upload.finish(sha256(content));
      }
      assert.deepEqual(await all(await store.read(sha256(content))), content);
      assert.equal(await store.statUpload(id), undefined);
      await store.delete(sha256(content));
    }
  },

  async "keeps what came of a source that broke"(subject) {
    await using store = await subject.open();
    {
      await using upload = await store.openUpload("broken");
      const source = streamOf([noise(10), noise(20)], new Error("Cut"));
      await assert.rejects(
        appendAll(upload, source, { limitBytes: 1000 }),
        /Cut/,
      );
    }
    assert.deepEqual(await store.statUpload("broken"), {
      id: "broken",
      sizeBytes: 30,
    });
    assert.deepEqual(await listed(store.listUploads()), [
      { id: "broken", sizeBytes: 30 },
    ]);
    await store.deleteUpload("broken");
    await store.deleteUpload("broken");
    assert.equal(await store.statUpload("broken"), undefined);
    assert.deepEqual(await listed(store.listUploads()), []);
  },

  async "keeps nothing of an upload that is discarded"(subject) {
    await using store = await subject.open();
    for (const isSynced of [false, true]) {
      await using upload = await store.openUpload("gone");
      await upload.append(noise(70_000));
      if (isSynced) await upload.sync();
      await upload.discard();
    }
    assert.equal(await store.statUpload("gone"), undefined);
    assert.deepEqual(await listed(store.listUploads()), []);
  },

  async "has one content when the same one is put many times at once"(subject) {
    await using store = await subject.open();
    const content = noise(150_000);
    await Promise.all(Array.from({ length: 8 }, () => put(store, content)));
    assert.equal((await listed(store.list())).length, 1);
    assert.deepEqual(await all(await store.read(sha256(content))), content);
    await put(store, content);
    assert.deepEqual(await all(await store.read(sha256(content))), content);
  },

  async "never ends a reading early when the content is deleted"(subject) {
    await using store = await subject.open();
    const content = noise(1_000_000);
    await put(store, content);
    const reader = (await store.read(sha256(content)))!.getReader();
    const parts = [(await reader.read()).value!];
    await store.delete(sha256(content));
    await store.delete(sha256(content));
    assert.equal(await store.stat(sha256(content)), undefined);
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        parts.push(value);
      }
      assert.deepEqual(concat(parts), content);
    } catch (error) {
      assert.equal((error as Error).name, "HostError");
    }
    await put(store, content);
    assert.deepEqual(await all(await store.read(sha256(content))), content);
  },

  async "gives back every part of what came in whatever pieces"(subject) {
    await using store = await subject.open();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 70_000 }), { maxLength: 12 }),
        fc.float({ min: 0, max: 1, noNaN: true }),
        fc.array(fc.boolean(), { maxLength: 12 }),
        async (sizes, middle, reopens) => {
          const pieces = sizes.map((size) => noise(size));
          const content = concat(pieces);
          const id = HOST.random.uuid();
          let upload = await store.openUpload(id);
          for (const [n, piece] of pieces.entries()) {
            await upload.append(piece);
            if (!reopens[n]) continue;
            await upload[Symbol.asyncDispose]();
            upload = await store.openUpload(id);
          }
          assert.equal(upload.sizeBytes, content.length);
          assert.ok(!await upload.matches(sha256(encodeText("other"))));
          assert.ok(await upload.matches(sha256(content)));
          await upload.finish(sha256(content));
          await upload[Symbol.asyncDispose]();
          const offset = Math.floor(middle * content.length);
          assert.deepEqual(
            await all(
              await store.read(sha256(content), {
                offset,
                length: content.length - offset,
              }),
            ),
            content.slice(offset),
          );
          await store.delete(sha256(content));
        },
      ),
      { numRuns: 12 },
    );
    assert.deepEqual(await listed(store.list()), []);
    assert.deepEqual(await listed(store.listUploads()), []);
  },
};

const RANGES = [
  [0, 1],
  [63_999, 2],
  [64_000, 64_000],
  [131_071, 3],
  [300_000, 1],
  [10, 250_000],
] as const;

const HOST = makeRealHost({ writeLog: () => {} });

async function put(
  store: BlobStore,
  content: Uint8Array<ArrayBuffer>,
  digest = sha256(content),
): Promise<void> {
  await putBlob(HOST, store, {
    digest,
    source: streamOf([content.subarray(0, 7), content.subarray(7)]),
    limitBytes: content.length,
  });
}

function sha256(content: Uint8Array): ContentDigest {
  return contentDigest(HOST, "sha256", content);
}

function noise(length: number): Uint8Array<ArrayBuffer> {
  return HOST.random.bytes(length);
}

function streamOf(
  chunks: readonly Uint8Array<ArrayBuffer>[],
  failure?: Error,
): ByteSource {
  const left = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const next = left.shift();
      if (next !== undefined) controller.enqueue(next);
      else if (failure !== undefined) controller.error(failure);
      else controller.close();
    },
  });
}

async function all(
  source: ByteSource | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  assert.ok(source !== undefined);
  return new Uint8Array(await new Response(source).arrayBuffer());
}

async function listed<T>(list: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of list) found.push(item);
  return found;
}
