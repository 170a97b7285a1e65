import assert from "node:assert/strict";
import { blobStoreContract } from "../../base/blob_store_contract.ts";
import { makeRealHost } from "../../base/real_host.ts";
import { DiskBlobStore } from "./disk_blob_store.ts";

const HOST = makeRealHost({ writeLog: () => {} });

blobStoreContract("DiskBlobStore", async () => {
  const dir = await Deno.makeTempDir();
  return {
    open: () => DiskBlobStore.open(HOST, `${dir}/registry`),
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
});

Deno.test("DiskBlobStore refuses names of uploads that lead elsewhere, and folders of another form", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await using store = await DiskBlobStore.open(HOST, dir);
    for (const id of ["", "..", "a/b", "a\0b", "../blobs/sha256/x"]) {
      await assert.rejects(store.openUpload(id), /Cannot name an upload/);
      await assert.rejects(store.deleteUpload(id), /Cannot name an upload/);
    }
    await Deno.writeTextFile(`${dir}/format`, "99");
    await assert.rejects(DiskBlobStore.open(HOST, dir), /format is "99"/);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
