import assert from "node:assert/strict";
import { join } from "node:path";
import { markProcess } from "./process_mark.ts";
import { StateFolder } from "./state_folder.ts";

async function inFolder(work: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "wherry demo " });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("take() refuses when another demo has the folder, and says which", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "state");
    using _first = await StateFolder.take(path, () => {});
    await assert.rejects(
      StateFolder.take(path, () => {}),
      new RegExp(`another one \\(process ${Deno.pid}\\) runs .*--data-dir`),
    );
  });
});

Deno.test("take() waits when the demo before is stopping", async () => {
  await inFolder(async (folder) => {
    const said: string[] = [];
    const first = await StateFolder.take(folder, () => {});
    await first.stopping();
    const second = StateFolder.take(folder, (line) => {
      said.push(line);
      first[Symbol.dispose]();
    });
    (await second)[Symbol.dispose]();
    assert.deepEqual(said, ["Waiting for the demo before this one to stop"]);
  });
});

Deno.test("take() ends what a killed demo left, and nothing that has its id by chance", async () => {
  await inFolder(async (folder) => {
    const left = new Deno.Command("sleep", { args: ["600"] }).spawn();
    const other = new Deno.Command("sleep", { args: ["600"] }).spawn();
    const first = await StateFolder.take(folder, () => {});
    await first.started({ name: "server", ...await markProcess(left.pid) });
    await first.started({ name: "agent", pid: other.pid, started: "before" });
    first[Symbol.dispose](); // as the kernel does for a killed process
    const said: string[] = [];
    const taking = StateFolder.take(folder, (line) => said.push(line));
    assert.equal((await left.status).signal, "SIGTERM");
    (await taking)[Symbol.dispose]();
    assert.match(said.join(), /^Ending .* server \(process \d+\)$/);
    other.kill("SIGKILL"); // throws if it were gone
    await other.status;
  });
});

Deno.test("take() refuses a folder with other things in it", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "thesis.txt"), "years of work");
    await assert.rejects(
      StateFolder.take(folder, () => {}),
      /the folder holds other things/,
    );
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), [
      "thesis.txt",
    ]);
  });
});
