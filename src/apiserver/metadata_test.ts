import assert from "node:assert/strict";
import { VirtualHost } from "../testing/virtual_host.ts";
import { generateName, prepareMetadataForCreate } from "./metadata.ts";

Deno.test("generateName() adds five characters when the prefix is short", () => {
  const host = new VirtualHost();
  const names = new Set<string>();
  for (let i = 0; i < 100; i++) names.add(generateName("web-", host));
  assert.equal(names.size, 100);
  for (const name of names) {
    assert.match(name, /^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  }
});

Deno.test("generateName() cuts the prefix when the name would be too long", () => {
  const name = generateName("x".repeat(80), new VirtualHost());
  assert.equal(name.length, 63);
});

Deno.test("prepareMetadataForCreate() drops what only the server sets", () => {
  const host = new VirtualHost();
  const meta = {
    name: "a",
    uid: "mine",
    resourceVersion: "7",
    deletionTimestamp: "2020-01-01T00:00:00Z",
    creationTimestamp: "2020-01-01T00:00:00Z",
    labels: { keep: "it" },
  };
  prepareMetadataForCreate(meta, host);
  assert.notEqual(meta.uid, "mine");
  assert.deepEqual({ ...meta, uid: "" }, {
    name: "a",
    uid: "",
    creationTimestamp: "2026-01-01T00:00:00Z",
    labels: { keep: "it" },
  });
});
