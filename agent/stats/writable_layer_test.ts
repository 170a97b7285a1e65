import assert from "node:assert/strict";
import { upperFolder } from "./writable_layer.ts";

Deno.test("upperFolder() finds the upper folder of the root that is seen, and of no other mount", () => {
  const info = [
    "20 1 8:1 / / rw,relatime - ext4 /dev/vda rw",
    "31 20 0:50 / / rw,relatime master:9 - overlay overlay rw,lowerdir=/l/1/fs:/l/2/fs,upperdir=/data/my\\040dir/7/fs,workdir=/w",
    "32 31 0:51 / /data rw - overlay overlay rw,lowerdir=/x,upperdir=/other,workdir=/w",
    "",
  ].join("\n");
  assert.equal(upperFolder(info), "/data/my dir/7/fs");
  assert.equal(upperFolder("20 1 8:1 / / rw - ext4 /dev/vda rw\n"), undefined);
  assert.equal(upperFolder(""), undefined);
});
