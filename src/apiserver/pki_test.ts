import assert from "node:assert/strict";
import { VirtualHost } from "../testing/virtual_host.ts";
import { loadPki } from "./pki.ts";

const OPTIONS = { folder: "/pki", names: ["server.example"] };

Deno.test("loadPki() keeps the authority and issues another certificate when the names change", async () => {
  const host = new VirtualHost();
  const first = await loadPki(host, OPTIONS);
  assert.deepEqual(await loadPki(host, OPTIONS), first);
  const second = await loadPki(host, { ...OPTIONS, names: ["other.example"] });
  assert.deepEqual(second.authority, first.authority);
  assert.notEqual(second.server.certificate, first.server.certificate);
});

Deno.test("loadPki() refuses damaged files and leaves them as they are", async () => {
  const host = new VirtualHost();
  await loadPki(host, OPTIONS);
  const good = new Map(host.files);
  const damages: [string, string | undefined, RegExp][] = [
    ["/pki/ca.crt", "no certificate", /"\/pki\/ca\.crt" is damaged/],
    ["/pki/ca.key", "no key", /"\/pki\/ca\.key" is damaged/],
    ["/pki/ca.key", undefined, /"\/pki\/ca\.key" is missing/],
    [
      "/pki/ca.key",
      good.get("/pki/server.key"),
      /"\/pki\/ca\.key" does not belong to "\/pki\/ca\.crt"/,
    ],
    ["/pki/server.crt", "", /"\/pki\/server\.crt" is damaged/],
    ["/pki/sa.key", undefined, /"\/pki\/sa\.key" is missing/],
    ["/pki/sa.key", "no key", /"\/pki\/sa\.key" does not belong/],
    [
      "/pki/sa.key",
      good.get("/pki/server.key"),
      /"\/pki\/sa\.key" does not belong to "\/pki\/sa\.pub"/,
    ],
  ];
  for (const [path, content, message] of damages) {
    if (content === undefined) host.files.delete(path);
    else host.files.set(path, content);
    const damaged = new Map(host.files);
    await assert.rejects(loadPki(host, OPTIONS), message);
    assert.deepEqual(host.files, damaged);
    for (const [path, content] of good) host.files.set(path, content);
  }
});
