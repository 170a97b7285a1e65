import assert from "node:assert/strict";
import { shareWithGroup } from "./group_share.ts";
import { removeTree } from "./remove_tree.ts";

Deno.test("shareWithGroup() gives up where folders lie too deep in each other, before it runs out of descriptors", async () => {
  const folder = await Deno.makeTempDir();
  const options = { gid: Deno.gid()!, readOnly: false };
  try {
    await Deno.mkdir(`${folder}/fine/${"d/".repeat(100)}`, { recursive: true });
    await shareWithGroup(`${folder}/fine`, options);
    await Deno.mkdir(`${folder}/deep/${"d/".repeat(400)}`, { recursive: true });
    await assert.rejects(
      shareWithGroup(`${folder}/deep`, options),
      /Folders lie more than 256 deep/,
    );
  } finally {
    await removeTree(folder);
  }
});
