import assert from "node:assert/strict";
import fc from "fast-check";
import * as z from "zod/mini";
import { configMaps } from "./core/config_map.ts";
import { deployments } from "./apps/deployment.ts";
import { events } from "./core/event.ts";
import { leases } from "./coordination/lease.ts";
import { pods } from "./core/pod.ts";
import { ALL_KINDS } from "./registry.ts";
import { zodOf } from "./schema/decode.ts";
import { secrets } from "./core/secret.ts";

const minimal = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "a" },
  spec: { containers: [{ name: "c", image: "i" }] },
};

function withSpec(more: Record<string, unknown>): unknown {
  return { ...minimal, spec: { ...minimal.spec, ...more } };
}

function withContainer(more: Record<string, unknown>): unknown {
  return withSpec({ containers: [{ name: "c", ...more }] });
}

Deno.test("decode() writes struct values always and leaves zero values of optional fields out", () => {
  const { object } = pods.schema.decode(
    withSpec({
      hostNetwork: false,
      volumes: [],
      nodeSelector: {},
      nodeName: "",
    }),
  );
  assert.deepEqual(object, {
    ...minimal,
    spec: { containers: [{ name: "c", image: "i", resources: {} }] },
    status: {},
  });
});

Deno.test("decode() keeps zero values where absence means something else", () => {
  const { object } = pods.schema.decode(
    withSpec({
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      priority: null,
    }),
  );
  assert.equal(object?.spec.terminationGracePeriodSeconds, 0);
  assert.equal(object?.spec.automountServiceAccountToken, false);
  assert.ok(!("priority" in object!.spec));
});

Deno.test("decode() names unknown fields with their path and drops them", () => {
  const { object, unknownFields } = pods.schema.decode({
    ...(withContainer({
      imagee: "x",
      ports: [{ containerPort: 1, foo: 1 }],
    }) as object),
    extra: true,
  });
  assert.deepEqual([...unknownFields].sort(), [
    'unknown field "extra"',
    'unknown field "spec.containers[0].imagee"',
    'unknown field "spec.containers[0].ports[0].foo"',
  ]);
  assert.ok(!("extra" in object!));
});

const TYPE_ERRORS: readonly (readonly [unknown, string])[] = [
  [
    withSpec({ hostNetwork: "yes" }),
    "json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool",
  ],
  [
    withContainer({ command: [1] }),
    "json: cannot unmarshal number into Go struct field Container.spec.containers.command of type string",
  ],
  [
    withSpec({ containers: {} }),
    "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
  ],
  [
    withSpec({ containers: ["x"] }),
    "json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type v1.Container",
  ],
  [
    withSpec({ priority: 1.5 }),
    "json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.priority of type int32",
  ],
  [
    withSpec({ priority: 3000000000 }),
    "json: cannot unmarshal number 3000000000 into Go struct field PodSpec.spec.priority of type int32",
  ],
  [
    withContainer({ imagePullPolicy: true }),
    "json: cannot unmarshal bool into Go struct field Container.spec.containers.imagePullPolicy of type v1.PullPolicy",
  ],
  [
    { ...minimal, metadata: { labels: { a: 1 } } },
    "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
  ],
  [
    withContainer({ resources: { limits: { cpu: "lots" } } }),
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  [
    { ...minimal, metadata: { creationTimestamp: "x" } },
    'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
  ],
];

for (const [value, message] of TYPE_ERRORS) {
  Deno.test(`decode() says: ${message}`, () => {
    const { object, typeError } = pods.schema.decode(value);
    assert.equal(typeError, message);
    assert.equal(object, undefined);
  });
}

Deno.test("decode() makes quantities and times canonical", () => {
  const { object } = pods.schema.decode({
    ...(withContainer({
      resources: { limits: { cpu: 0.5, memory: "1024Mi" } },
    }) as object),
    metadata: { creationTimestamp: "2026-01-02T04:04:05+01:00" },
  });
  assert.deepEqual(object?.spec.containers[0]?.resources?.limits, {
    cpu: "500m",
    memory: "1Gi",
  });
  assert.equal(object?.metadata.creationTimestamp, "2026-01-02T03:04:05Z");
  const lease = leases.schema.decode({
    metadata: {},
    spec: { renewTime: "2026-01-02T03:04:05Z" },
  });
  assert.equal(lease.object?.spec.renewTime, "2026-01-02T03:04:05.000000Z");
});

Deno.test("decode() takes int-or-string both ways", () => {
  const { object } = deployments.schema.decode({
    spec: {
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: "25%" } },
    },
  });
  assert.deepEqual(object?.spec.strategy?.rollingUpdate, {
    maxSurge: 1,
    maxUnavailable: "25%",
  });
});

Deno.test("decode() refuses what is not base64, naming the byte", () => {
  const at = (data: string) =>
    secrets.schema.decode({ metadata: {}, data: { a: data } }).typeError;
  assert.equal(at("YWJj"), undefined);
  assert.equal(at("YW!j"), "illegal base64 data at input byte 2");
  assert.equal(at("YWJ"), "illegal base64 data at input byte 0");
});

Deno.test("decode() keeps keys of maps whatever their names are", () => {
  const data = JSON.parse('{"__proto__":"x","constructor":"y"}');
  const { object, unknownFields } = configMaps.schema.decode({
    metadata: {},
    data,
  });
  assert.deepEqual(unknownFields, []);
  assert.equal(
    JSON.stringify(object?.data),
    '{"__proto__":"x","constructor":"y"}',
  );
});

Deno.test("decode() leaves its input alone and works on frozen objects", () => {
  const frozen = Object.freeze({
    ...minimal,
    metadata: Object.freeze({ name: "a", labels: Object.freeze({ a: "b" }) }),
  });
  const { object } = pods.schema.decode(frozen);
  object!.metadata.labels!["c"] = "d";
  assert.deepEqual(frozen.metadata.labels, { a: "b" });
});

Deno.test("decode() of its own answer changes nothing", () => {
  for (const kind of [pods, deployments, events, leases]) {
    const once = kind.schema.decode(withContainer({ stdin: true })).object!;
    const again = kind.schema.decode(once);
    assert.deepEqual(again.object, once);
    assert.deepEqual(again.unknownFields, []);
  }
});

Deno.test("decode() never throws, whatever it is given", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ALL_KINDS),
      fc.object({
        key: fc.constantFrom(
          "metadata",
          "spec",
          "status",
          "containers",
          "name",
          "labels",
          "ports",
          "data",
          "template",
        ),
      }),
      (kind, value) => {
        const { object, typeError } = kind.schema.decode(
          JSON.parse(JSON.stringify(value)),
        );
        assert.ok((object === undefined) === (typeError !== undefined));
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("decode() answers what the zod type itself accepts", () => {
  for (const kind of ALL_KINDS) {
    const { object } = kind.schema.decode({ metadata: { name: "a" } });
    const judged = z.safeParse(zodOf(kind.schema.type!), withoutNulls(object));
    assert.ok(judged.success, `${kind.kind}: ${judged.error}`);
  }
});

function withoutNulls(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, v) => v === null ? undefined : v),
  );
}
