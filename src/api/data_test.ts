import assert from "node:assert/strict";
import { configMaps } from "./core/config_map.ts";
import type { Kind } from "./kind.ts";
import { secrets } from "./core/secret.ts";
import { MAX_DATA_BYTES } from "./validation/data.ts";

const metadata = { name: "a", namespace: "default", resourceVersion: "1" };

// deno-lint-ignore no-explicit-any
function stored(kind: Kind<any>, more: object) {
  const { object, typeError } = kind.schema.decode({ metadata, ...more });
  assert.equal(typeError, undefined);
  kind.setDefaults(object);
  return object;
}

// deno-lint-ignore no-explicit-any
function findings(kind: Kind<any>, more: object): string[] {
  return kind.validate(stored(kind, more)).map((e) =>
    `${e.field}: ${e.message}`
  );
}

Deno.test("secrets.setDefaults() moves stringData into data, where it wins", () => {
  const secret = stored(secrets, {
    data: { a: "b2xk", b: "Yg==" },
    stringData: { a: "nëw" },
  });
  assert.deepEqual(secret.data, { a: "bsOrdw==", b: "Yg==" });
  assert.ok(!("stringData" in secret));
  assert.equal(secret.type, "Opaque");
});

const WRONG: readonly (readonly [object, readonly string[]])[] = [
  [{ type: "kubernetes.io/tls" }, [
    "data[tls.crt]: Required value",
    "data[tls.key]: Required value",
  ]],
  [{ type: "kubernetes.io/ssh-auth" }, [
    "data[ssh-privatekey]: Required value",
  ]],
  [{ type: "kubernetes.io/basic-auth" }, [
    "data[username]: Required value",
    "data[password]: Required value",
  ]],
  [
    {
      type: "kubernetes.io/dockerconfigjson",
      data: { ".dockerconfigjson": "e30=" },
    },
    [],
  ],
  [{ type: "kubernetes.io/service-account-token" }, [
    "metadata.annotations[kubernetes.io/service-account.name]: Required value",
  ]],
  [{ data: { "a/b": "" } }, [
    "data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
  ]],
];

WRONG.forEach(([more, expected], i) => {
  Deno.test(`secrets.validate() says: ${expected[0] ?? "nothing"} (case ${i + 1})`, () => {
    assert.deepEqual(findings(secrets, more), expected);
  });
});

Deno.test("configMaps.validate() bounds the data in bytes, not characters", () => {
  const ascii = "x".repeat(MAX_DATA_BYTES);
  assert.deepEqual(findings(configMaps, { data: { a: ascii } }), []);
  const wide = "ä".repeat(MAX_DATA_BYTES / 2 + 1);
  assert.match(findings(configMaps, { data: { a: wide } })[0]!, /Too long/);
});

Deno.test("configMaps.validate() refuses one key in both maps", () => {
  assert.deepEqual(
    findings(configMaps, { data: { a: "x" }, binaryData: { a: "eA==" } }),
    [
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ],
  );
});

for (const kind of [configMaps, secrets] as const) {
  Deno.test(`${kind.plural}.validateUpdate() keeps what is immutable`, () => {
    const before = stored(kind, { immutable: true, data: { a: "eA==" } });
    const next = stored(kind, { data: { a: "eQ==" } });
    assert.deepEqual(
      kind.validateUpdate(next, before).map((e) => `${e.field}: ${e.message}`),
      [
        "immutable: Forbidden: field is immutable when `immutable` is set",
        "data: Forbidden: field is immutable when `immutable` is set",
      ],
    );
    assert.deepEqual(kind.validateUpdate(before, before), []);
  });
}

Deno.test("secrets.validateUpdate() keeps the type", () => {
  const before = stored(secrets, {});
  const next = stored(secrets, { type: "example.com/other" });
  assert.deepEqual(secrets.validateUpdate(next, before).map((e) => e.field), [
    "type",
  ]);
});
