import assert from "node:assert/strict";
import { readLines, readWatchEvents } from "./watch_stream.ts";
import { hasStatusCode } from "./response_error.ts";

function streamOf(chunks: Iterable<Uint8Array>): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks);
}

function* inPieces(text: string, size: number): Iterable<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
  }
}

Deno.test("readLines() yields the same lines however the bytes are split", async () => {
  const text = '{"a":"åß🚣"}\n\n{"b":"日本"}\r\n{"c":1}\n';
  for (const size of [1, 2, 3, 5, 7, 1000]) {
    const lines = await Array.fromAsync(
      readLines(streamOf(inPieces(text, size))),
    );
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      [{ a: "åß🚣" }, { b: "日本" }, { c: 1 }],
      `size ${size}`,
    );
  }
});

Deno.test("readLines() drops a line that breaks off", async () => {
  const lines = await Array.fromAsync(
    readLines(streamOf(inPieces('{"a":1}\n{"b":', 4))),
  );
  assert.deepEqual(lines, ['{"a":1}']);
});

Deno.test("readLines() cancels the body when the consumer stops", async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode("x\ny\n"));
    },
    cancel() {
      cancelled = true;
    },
  });
  for await (const line of readLines(body)) {
    assert.equal(line, "x");
    break;
  }
  assert.equal(cancelled, true);
});

Deno.test("readWatchEvents() throws the Status of an ERROR event", async () => {
  const text = '{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n' +
    '{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version: 1 (2)"}}\n';
  const seen: string[] = [];
  await assert.rejects(async () => {
    for await (const event of readWatchEvents(streamOf(inPieces(text, 10)))) {
      seen.push(event.type);
    }
  }, (error: unknown) => {
    assert.ok(hasStatusCode(error, 410));
    assert.equal(error.message, "too old resource version: 1 (2)");
    return true;
  });
  assert.deepEqual(seen, ["ADDED"]);
});

Deno.test("readWatchEvents() refuses an event type that it does not know", async () => {
  await assert.rejects(
    Array.fromAsync(
      readWatchEvents(streamOf(inPieces('{"type":"MOVED","object":{}}\n', 99))),
    ),
    TypeError,
  );
});

Deno.test("readLines() ends with its signal although the stream knows nothing of it", async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    cancel() {
      cancelled = true;
    },
  });
  const stop = new AbortController();
  const reason = new DOMException("Enough", "AbortError");
  const reading = assert.rejects(
    Array.fromAsync(readLines(body, stop.signal)),
    (error) => error === reason,
  );
  stop.abort(reason);
  await reading;
  assert.equal(cancelled, true);
});
