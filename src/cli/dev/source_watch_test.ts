import assert from "node:assert/strict";
import { VirtualHost } from "../../testing/virtual_host.ts";
import { SourceWatch } from "./source_watch.ts";

const PATH = "/src/app.wat";

async function watching(): Promise<{ host: VirtualHost; watch: SourceWatch }> {
  const host = new VirtualHost();
  host.files.set(PATH, "(module)");
  const watch = new SourceWatch(host, PATH);
  await watch.look();
  return { host, watch };
}

/** Whether a promise is settled by now. */
async function isDone(host: VirtualHost, work: Promise<unknown>) {
  let done = false;
  work.then(() => done = true, () => done = true);
  await host.settle();
  return done;
}

Deno.test("SourceWatch tells when the file says something else", async () => {
  const { host, watch } = await watching();
  const changed = watch.changed(new AbortController().signal);
  assert.equal(await isDone(host, changed), false);
  host.files.set(PATH, "(module (memory 1))");
  host.changed("/src");
  await host.advance(1_000);
  assert.equal(await isDone(host, changed), true);
});

Deno.test("SourceWatch does not tell of other files, nor of the same text again", async () => {
  const { host, watch } = await watching();
  const changed = watch.changed(new AbortController().signal);
  host.files.set("/src/other.txt", "x");
  host.changed("/src");
  await host.advance(1_000);
  host.files.set(PATH, "(module)");
  host.changed("/src");
  await host.advance(1_000);
  assert.equal(await isDone(host, changed), false);
});

Deno.test("SourceWatch tells of a change that came while it was not asked", async () => {
  const { host, watch } = await watching();
  host.files.set(PATH, "(module (func))");
  host.changed("/src");
  const changed = watch.changed(new AbortController().signal);
  await host.advance(1_000);
  assert.equal(await isDone(host, changed), true);
});

Deno.test("SourceWatch ends by its signal, and lets go of the folder", async () => {
  const { host, watch } = await watching();
  const stop = new AbortController();
  const changed = watch.changed(stop.signal);
  await host.settle();
  stop.abort(new Error("enough"));
  await assert.rejects(changed, { message: "enough" });
  watch[Symbol.dispose]();
  assert.equal(host.watchers.get("/src")?.size ?? 0, 0);
});
