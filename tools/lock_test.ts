import assert from "node:assert/strict";
import { withFolderLock } from "./lock.ts";

Deno.test("withFolderLock() lets one at a time in, also after a failure", async () => {
  const folder = await Deno.makeTempDir();
  try {
    let inside = 0;
    let most = 0;
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, (_, i) =>
        withFolderLock(folder, async () => {
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setTimeout(resolve, 5));
          inside--;
          if (i === 1) throw new Error("failed inside");
        })),
    );
    assert.equal(most, 1);
    assert.equal(
      results.filter((one) => one.status === "rejected").length,
      1,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
