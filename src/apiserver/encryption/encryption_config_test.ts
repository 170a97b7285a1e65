import assert from "node:assert/strict";
import { makeRealHost } from "../../base/real_host.ts";
import { VirtualHost } from "../../testing/virtual_host.ts";
import { loadEncryption, readEncryption } from "./encryption_config.ts";

const realHost = makeRealHost({ writeLog: () => {} });
const { crypto } = realHost;

/** A configuration with these resources and providers. */
function config(resources: string[], providers: unknown[]): string {
  return JSON.stringify({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [{ resources, providers }],
  });
}

const aesgcm = (...names: string[]) => ({
  aesgcm: {
    keys: names.map((name) => ({
      name,
      secret: btoa(name.padEnd(32, name)),
    })),
  },
});

Deno.test("loadEncryption() makes a configuration for Secrets when there is none, and reads it the next time", async () => {
  const folder = await Deno.makeTempDir({ prefix: "wherry-encryption-" });
  const path = `${folder}/e.yaml`;
  const made = await loadEncryption(realHost, { path, make: true });
  const read = await loadEncryption(realHost, { path, make: true });
  assert.equal(made.scope, "secrets");
  assert.match(made.keys.current, /^[0-9a-f]{16}$/);
  assert.equal(read.keys.current, made.keys.current);
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("loadEncryption() fails when a file that was named is not there", async () => {
  await assert.rejects(
    loadEncryption(new VirtualHost(), { path: "/d/e.yaml", make: false }),
    { code: "not-found" },
  );
});

Deno.test("readEncryption() finds which rows are meant", () => {
  const { concerns } = readEncryption(
    crypto,
    config(["secrets", "deployments.apps", "*.batch"], [aesgcm("a")]),
  );
  assert.ok(concerns("secrets/default/a"));
  assert.ok(concerns("apps/deployments/default/a"));
  assert.ok(concerns("batch/jobs/default/a"));
  assert.ok(!concerns("apps/replicasets/default/a"));
  assert.ok(!concerns("secretsets/default/a"));
});

Deno.test("readEncryption() seals with the first key, and with none when identity comes first", () => {
  const first = readEncryption(crypto, config(["*.*"], [aesgcm("a", "b")]));
  const second = readEncryption(crypto, config(["*.*"], [aesgcm("b", "a")]));
  const none = readEncryption(
    crypto,
    config(["*.*"], [{ identity: {} }, aesgcm("a")]),
  );
  assert.notEqual(first.keys.current, second.keys.current);
  assert.equal(none.keys.current, "");
  const sealed = first.keys.seal("row a", new Uint8Array([1]));
  assert.deepEqual([...none.keys.open("row a", sealed)], [1]);
});

for (
  const [what, text, message] of [
    [
      "another kind",
      '{"kind":"Pod"}',
      /The kind must be EncryptionConfiguration/,
    ],
    ["no YAML", "{", /./],
    ["a list", "[]", /The file must be an object/],
    ["no resources", config([], [aesgcm("a")]), /There is no name/],
    ["no providers", config(["secrets"], []), /There is no provider/],
    [
      "a provider that is not served",
      config(["secrets"], [{ kms: {} }]),
      /resources\[0\]\.providers\[0\]: provider "kms" is not served/,
    ],
    [
      "a short key",
      config(["secrets"], [{
        aesgcm: { keys: [{ name: "k", secret: "YWJj" }] },
      }]),
      /Cannot use key "k": it has 3 bytes/,
    ],
  ] as const
) {
  Deno.test(`readEncryption() says what is wrong with ${what}`, () => {
    assert.throws(() => readEncryption(crypto, text), message);
  });
}
