import assert from "node:assert/strict";
import { makeRealHost } from "../../src/base/real_host.ts";
import { Identity } from "./identity.ts";

Deno.test("load() makes a key once, for its owner only, and finds everything again", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const folder = await Deno.makeTempDir();
  try {
    const first = await Identity.load(host, folder);
    assert.equal(first.joined, false);
    assert.equal(first.server, undefined);
    await first.setServer("https://server:6443");
    await first.setCa("ca");
    await first.setJoined();
    for (const file of ["key.pem", "seal.key"]) {
      const { mode } = await Deno.stat(`${folder}/identity/${file}`);
      assert.equal(mode! & 0o777, 0o600, file);
    }
    const second = await Identity.load(host, folder);
    assert.equal(second.publicPem, first.publicPem);
    assert.equal(second.privatePem, first.privatePem);
    assert.deepEqual(second.sealKey, first.sealKey);
    assert.equal(second.server, "https://server:6443");
    assert.equal(second.ca, "ca");
    assert.equal(second.joined, true);
    const data = new Uint8Array([1, 2, 3]);
    const signature = host.crypto.sign(second.privatePem, data);
    assert.ok(host.crypto.verify(first.publicPem, { data, signature }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("load() throws when the key file is broken, and leaves it alone", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/identity`);
    await Deno.writeTextFile(`${folder}/identity/key.pem`, "garbage");
    await assert.rejects(
      Identity.load(host, folder),
      /Could not read the node's key/,
    );
    assert.equal(
      await Deno.readTextFile(`${folder}/identity/key.pem`),
      "garbage",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
