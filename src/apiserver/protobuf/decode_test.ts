import assert from "node:assert/strict";
import { decodeProtobuf } from "./decode.ts";
import { ProtobufError } from "./reader.ts";

const MAGIC = [0x6b, 0x38, 0x73, 0x00];
const utf8 = new TextEncoder();

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return [...bytes, Number(rest)];
}

function number(field: number, value: number): number[] {
  return [...varint(field << 3), ...varint(value)];
}

function bytes(field: number, content: string | number[]): number[] {
  const data = typeof content === "string"
    ? [...utf8.encode(content)]
    : content;
  return [...varint(field << 3 | 2), ...varint(data.length), ...data];
}

function envelope(apiVersion: string, kind: string, raw: number[]): Uint8Array {
  return new Uint8Array([
    ...MAGIC,
    ...bytes(1, [...bytes(1, apiVersion), ...bytes(2, kind)]),
    ...bytes(2, raw),
  ]);
}

function entry(key: string, value: string | number[]): number[] {
  return [...bytes(1, key), ...bytes(2, value)];
}

Deno.test("decodeProtobuf() reads maps, bytes and times", () => {
  const metadata = [
    ...bytes(1, "keys"),
    ...bytes(8, number(1, 1_767_225_600)),
    ...bytes(11, entry("app", "web")),
  ];
  const secret = [
    ...bytes(1, metadata),
    ...bytes(2, entry("k", [1, 2, 255])),
    ...bytes(3, "Opaque"),
  ];
  assert.deepEqual(decodeProtobuf(envelope("v1", "Secret", secret)), {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: "keys",
      creationTimestamp: "2026-01-01T00:00:00Z",
      labels: { app: "web" },
    },
    data: { k: "AQL/" },
    type: "Opaque",
  });
});

Deno.test("decodeProtobuf() reads lists, quantities, ports and parts that JSON has inline", () => {
  const probe = [
    ...bytes(1, bytes(2, bytes(2, [...number(1, 1), ...bytes(3, "web")]))),
    ...number(2, 5),
  ];
  const container = [
    ...bytes(1, "main"),
    ...bytes(8, bytes(1, entry("cpu", bytes(1, "100m")))),
    ...bytes(10, probe),
  ];
  const volume = [
    ...bytes(1, "scratch"),
    ...bytes(2, bytes(2, bytes(1, "Memory"))),
  ];
  const pod = bytes(2, [
    ...bytes(1, volume),
    ...bytes(2, container),
    ...number(4, -1),
    ...number(11, 1),
  ]);
  assert.deepEqual(decodeProtobuf(envelope("v1", "Pod", pod)), {
    apiVersion: "v1",
    kind: "Pod",
    spec: {
      volumes: [{ name: "scratch", emptyDir: { medium: "Memory" } }],
      containers: [{
        name: "main",
        resources: { limits: { cpu: "100m" } },
        livenessProbe: { httpGet: { port: "web" }, initialDelaySeconds: 5 },
      }],
      terminationGracePeriodSeconds: -1,
      hostNetwork: true,
    },
  });
});

Deno.test("decodeProtobuf() passes over fields that it does not know and unset times", () => {
  const metadata = [
    ...bytes(1, "a"),
    ...bytes(8, []),
    ...bytes(99, "later"),
    ...number(98, 7),
  ];
  const decoded = decodeProtobuf(
    envelope("v1", "ConfigMap", bytes(1, metadata)),
  );
  assert.deepEqual(decoded["metadata"], { name: "a" });
});

Deno.test("decodeProtobuf() finds options that all groups share", () => {
  const options = decodeProtobuf(
    envelope("policy/v1", "DeleteOptions", number(1, 30)),
  );
  assert.equal(options["gracePeriodSeconds"], 30);
});

Deno.test("decodeProtobuf() throws a ProtobufError when bytes are broken", () => {
  const whole = envelope("v1", "ConfigMap", bytes(1, bytes(1, "a")));
  const broken = [
    utf8.encode("{}"),
    whole.slice(0, -1),
    envelope("v1", "Nonsense", []),
    envelope("v1", "ConfigMap", [0x0b]),
    envelope("v1", "ConfigMap", bytes(1, bytes(1, [0xff, 0xfe]))),
    envelope("v1", "__proto__", []),
  ];
  for (const bytes of broken) {
    assert.throws(() => decodeProtobuf(bytes), ProtobufError);
  }
});
