import assert from "node:assert/strict";
import type { StoreEvent, Watcher } from "../store/store.ts";
import { WatchSource } from "./watch_source.ts";

type Result = readonly StoreEvent[] | "expired" | "closed";

/** A cursor that is fed by hand. */
class FedWatcher implements Watcher {
  revision = 0;
  closed = false;
  readonly #results: Result[] = [];
  #wake: ((result: Result) => void) | undefined;

  feed(result: Result): void {
    const wake = this.#wake;
    this.#wake = undefined;
    if (wake === undefined) this.#results.push(result);
    else wake(result);
  }
  read(): Promise<Result> {
    const ready = this.#results.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve) => this.#wake = resolve);
  }
  close(): void {
    this.closed = true;
    this.feed("closed");
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

const encode = (text: string) => new TextEncoder().encode(`${text}\n`);

function start(watcher: FedWatcher, initial: string[] = []) {
  let ended = 0;
  const source = new WatchSource({
    watcher,
    label: "things",
    revision: 0,
    initial: {
      length: initial.length,
      line: (index) => encode(initial[index]!),
    },
    line: (event) =>
      event.key === "hidden" ? undefined : encode(`event ${event.revision}`),
    bookmark: (revision) => encode(`bookmark ${revision}`),
    onEnd: () => ended++,
  });
  const reader = new ReadableStream(source, { highWaterMark: 0 })
    .pipeThrough(new TextDecoderStream()).getReader();
  return { source, reader, ended: () => ended };
}

Deno.test("WatchSource tells the initial state first, then events", async () => {
  const watcher = new FedWatcher();
  const { reader } = start(watcher, ["one", "two"]);
  assert.equal((await reader.read()).value, "one\ntwo\n");
  const next = reader.read();
  watcher.feed([{ revision: 1, key: "hidden" }]);
  await Promise.resolve();
  watcher.feed([{ revision: 2, key: "a" }, { revision: 3, key: "b" }]);
  assert.equal((await next).value, "event 2\nevent 3\n");
  await reader.cancel();
  assert.ok(watcher.closed);
});

Deno.test("WatchSource bookmarks only what the client does not know", async () => {
  const watcher = new FedWatcher();
  const { source, reader } = start(watcher);
  const first = reader.read();
  watcher.revision = 5;
  source.bookmark();
  assert.equal((await first).value, "bookmark 5\n");
  const second = reader.read();
  source.bookmark();
  watcher.feed([{ revision: 6, key: "a" }]);
  assert.equal((await second).value, "event 6\n");
  await reader.cancel();
});

Deno.test("WatchSource ends with what it knows when it is told to", async () => {
  const watcher = new FedWatcher();
  const { source, reader, ended } = start(watcher);
  const last = reader.read();
  watcher.revision = 9;
  source.end();
  assert.equal((await last).value, "bookmark 9\n");
  assert.ok((await reader.read()).done);
  assert.equal(ended(), 1);
  assert.ok(watcher.closed);
});

Deno.test("WatchSource ends when the reader has fallen off", async () => {
  const watcher = new FedWatcher();
  const { reader, ended } = start(watcher);
  const next = reader.read();
  await Promise.resolve();
  watcher.feed("expired");
  assert.ok((await next).done);
  assert.equal(ended(), 1);
});
