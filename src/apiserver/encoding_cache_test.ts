import assert from "node:assert/strict";
import { EncodingCache } from "./encoding_cache.ts";

Deno.test("EncodingCache encodes an event once for each form", () => {
  const cache = new EncodingCache();
  const event = { revision: 1, key: "a" };
  let encoded = 0;
  const get = (form: string) =>
    cache.get(event, form, () => new Uint8Array([++encoded]));
  assert.equal(get("object"), get("object"));
  get("metadata");
  assert.equal(encoded, 2);
});

Deno.test("EncodingCache forgets the oldest event when it is full", () => {
  const cache = new EncodingCache({ events: 2 });
  const events = [1, 2, 3].map((revision) => ({ revision, key: "a" }));
  let encoded = 0;
  const get = (index: number) =>
    cache.get(events[index]!, "object", () => new Uint8Array([++encoded]));
  for (const index of [0, 1, 2, 1, 2, 0]) get(index);
  assert.equal(encoded, 4);
});

Deno.test("EncodingCache forgets the oldest event when its bytes are too many", () => {
  const cache = new EncodingCache({ limitBytes: 10 });
  const [first, second] = [1, 2].map((revision) => ({ revision, key: "a" }));
  let encoded = 0;
  const get = (event: { revision: number; key: string }, length: number) =>
    cache.get(event, "object", () => {
      encoded++;
      return new Uint8Array(length);
    });
  get(first!, 6);
  get(second!, 6);
  get(second!, 6);
  assert.equal(encoded, 2);
  get(first!, 6);
  assert.equal(encoded, 3);
});
