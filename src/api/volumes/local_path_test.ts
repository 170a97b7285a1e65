import assert from "node:assert/strict";
import { isLocalPathFolder, localPathFolder } from "./local_path.ts";

Deno.test("isLocalPathFolder() knows the names that localPathFolder() gives, and no path", () => {
  const uid = "4c6aa4f4-5c7a-4d0e-9d3c-0a3e5c0f7d11";
  for (const name of ["data", "data-db-0", "a.b", "x".repeat(253)]) {
    const folder = localPathFolder({ uid, namespace: "shop", name });
    assert.ok(folder.length <= 255);
    assert.ok(isLocalPathFolder(folder), folder);
  }
  for (
    const other of ["", ".", "..", "pvc-1_a_b/c", "pvc-1_a_", "data", "pvc-1_a"]
  ) assert.ok(!isLocalPathFolder(other), other);
});
