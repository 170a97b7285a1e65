import assert from "node:assert/strict";
import { removeTree } from "./remove_tree.ts";

/** More than a recursion's stack holds. */
const LEVELS = 12_000;

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

async function shell(script: string, cwd: string): Promise<void> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", script],
    cwd,
  }).output();
  assert.ok(success);
}

Deno.test("removeTree() removes folders that lie thousands deep in each other, also below names that are no UTF-8", async () => {
  const folder = await Deno.makeTempDir();
  const top = `${folder}/top`;
  await Deno.mkdir(`${top}/beside`, { recursive: true });
  await shell(
    `mkdir "$(printf '\\377')" && cd "$(printf '\\377')" &&
      i=0; while [ $i -lt ${LEVELS / 100} ]; do
        d=d/d/d/d/d/d/d/d/d/d; d=$d/$d/$d/$d/$d/$d/$d/$d/$d/$d
        mkdir -p $d && cd -P $d || exit 1; i=$((i + 1)); done`,
    top,
  );
  await removeTree(top);
  assert.ok(!await exists(top));
  await Deno.remove(folder);
});

Deno.test("removeTree() follows no link, be it the path itself or deep below", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/kept/inner`, { recursive: true });
  const deep = `${folder}/top/${"d/".repeat(100)}`;
  await Deno.mkdir(deep, { recursive: true });
  await Deno.symlink(`${folder}/kept`, `${deep}/link`);
  await Deno.symlink(`${folder}/kept`, `${folder}/link`);
  await removeTree(`${folder}/top`);
  await removeTree(`${folder}/link`);
  assert.ok(!await exists(`${folder}/top`));
  assert.ok(await exists(`${folder}/kept/inner`));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("removeTree() says that nothing is there", async () => {
  const folder = await Deno.makeTempDir();
  await assert.rejects(removeTree(`${folder}/none`), Deno.errors.NotFound);
  await Deno.remove(folder);
});
