import assert from "node:assert/strict";
import { PrivateFolder } from "./private_folder.ts";

/** Folders of ours in a place. */
function foldersIn(place: string): string[] {
  return [...Deno.readDirSync(place)].map(({ name }) => name);
}

Deno.test("make() makes a folder for this user alone, and remove() leaves nothing of it", async () => {
  const place = await Deno.makeTempDir();
  try {
    const folder = await PrivateFolder.make({ parent: place });
    await Deno.writeTextFile(folder.path("x"), "x");
    const [name] = foldersIn(place);
    assert.equal(Deno.statSync(`${place}/${name}`).mode! & 0o777, 0o700);
    await folder.remove();
    assert.deepEqual(foldersIn(place), []);
  } finally {
    await Deno.remove(place, { recursive: true });
  }
});

Deno.test("make() removes the folder of a process that was killed, and no other", async () => {
  const place = await Deno.makeTempDir();
  try {
    const program = `
      import { PrivateFolder } from ${
      JSON.stringify(import.meta.resolve("./private_folder.ts"))
    };
      await PrivateFolder.make({ parent: ${JSON.stringify(place)} });
      Deno.kill(Deno.pid, "SIGKILL");
    `;
    await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", program],
    }).output();
    const stale = foldersIn(place);
    assert.equal(stale.length, 1);
    await Deno.mkdir(`${place}/other`);
    const living = await PrivateFolder.make({ parent: place });
    const kept = foldersIn(place);
    assert.ok(!kept.includes(stale[0]!));
    const another = await PrivateFolder.make({ parent: place });
    assert.equal(foldersIn(place).length, 3);
    assert.ok(foldersIn(place).includes("other"));
    await another.remove();
    await living.remove();
  } finally {
    await Deno.remove(place, { recursive: true });
  }
});
