import assert from "node:assert/strict";
import { putBlob } from "../base/blob_store.ts";
import { blobStoreContract } from "../base/blob_store_contract.ts";
import { makeRealHost } from "../base/real_host.ts";
import { contentDigest } from "../base/oci/content_digest.ts";
import { KvBlobStore } from "./kv_blob_store.ts";
import { MemoryKv, MemoryKvData } from "./memory_kv.ts";

const HOST = makeRealHost({ writeLog: () => {} });
const PREFIX = ["registry", "content"];

blobStoreContract("KvBlobStore on memory", () => {
  const data = new MemoryKvData();
  return Promise.resolve({
    open: () =>
      KvBlobStore.open(HOST, { kv: new MemoryKv(data), prefix: PREFIX }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});

blobStoreContract("KvBlobStore on Deno KV", async () => {
  const dir = await Deno.makeTempDir();
  const kv = await HOST.openKv(`${dir}/kv.sqlite3`);
  return {
    open: () => KvBlobStore.open(HOST, { kv, prefix: PREFIX }),
    async [Symbol.asyncDispose]() {
      kv.close();
      await Deno.remove(dir, { recursive: true });
    },
  };
});

Deno.test("KvBlobStore finishes deletions that were cut short, and leaves no chunk", async () => {
  const data = new MemoryKvData();
  const content = HOST.random.bytes(200_000);
  const digest = contentDigest(HOST, "sha256", content);
  const open = (kv: MemoryKv) => KvBlobStore.open(HOST, { kv, prefix: PREFIX });
  const store = await open(new MemoryKv(data));
  await putBlob(HOST, store, {
    digest,
    source: new Blob([content]).stream(),
    limitBytes: content.length,
  });
  // The process ends after the first commit of the deletion.
  const dying = new MemoryKv(data);
  const seen = () => {
    data.listeners.delete(seen);
    dying.close();
  };
  const last = await open(dying);
  data.listeners.add(seen);
  await assert.rejects(last.delete(digest), /closed/);
  const next = new MemoryKv(data);
  const reopened = await open(next);
  assert.equal(await reopened.stat(digest), undefined);
  for await (const { key } of next.list({ prefix: [] })) {
    assert.fail(`Left: ${JSON.stringify(key)}`);
  }
});
