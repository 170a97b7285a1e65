import assert from "node:assert/strict";
import { endpointsText } from "../columns/endpoints.ts";
import { endpoints } from "./endpoints.ts";
import { endpointSlices } from "../discovery/endpoint_slice.ts";
import type { Kind, StrategyContext } from "../kind.ts";
import { isLoopbackFinding } from "../validation/endpoint_ip.ts";

const CONTEXT: StrategyContext = { now: 0, user: { name: "t", groups: [] } };

// deno-lint-ignore no-explicit-any
function stored(kind: Kind<any>, more: object) {
  const { object, typeError } = kind.schema.decode({
    metadata: { name: "a", namespace: "default", resourceVersion: "1" },
    ...more,
  });
  assert.equal(typeError, undefined);
  kind.setDefaults(object);
  kind.prepareForCreate(object, CONTEXT);
  return object;
}

// deno-lint-ignore no-explicit-any
function findings(kind: Kind<any>, more: object): string[] {
  return kind.validate(stored(kind, more)).map((e) =>
    `${e.field}: ${e.message}`
  );
}

const slice = (more: object) => ({
  addressType: "IPv4",
  endpoints: [{ addresses: ["10.42.0.3"] }],
  ports: [{ port: 80 }],
  ...more,
});

const WRONG: readonly (readonly [object, readonly string[]])[] = [
  [slice({}), []],
  [
    slice({ addressType: "" }),
    ["addressType: Required value"],
  ],
  [
    slice({ endpoints: [{ addresses: [] }] }),
    ["endpoints[0].addresses: Required value: must contain at least 1 address"],
  ],
  [
    slice({ endpoints: [{ addresses: ["fd00::1"] }] }),
    [
      'endpoints[0].addresses: Invalid value: "fd00::1": must be an IPv4 address',
    ],
  ],
  [
    slice({ endpoints: [{ addresses: ["010.0.0.1"] }] }),
    [
      'endpoints[0].addresses[0]: Invalid value: "010.0.0.1": must not have leading 0s',
    ],
  ],
  [
    slice({ endpoints: [{ addresses: ["169.254.1.1"] }] }),
    [
      'endpoints[0].addresses[0]: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
    ],
  ],
  [
    slice({ ports: [{ port: 1 }, { port: 2 }] }),
    ['ports[1].name: Duplicate value: ""'],
  ],
  [
    slice({
      endpoints: Array.from(
        { length: 1001 },
        () => ({ addresses: ["1.2.3.4"] }),
      ),
    }),
    ["endpoints: Too many: 1001: must have at most 1000 items"],
  ],
];

WRONG.forEach(([more, expected], i) => {
  Deno.test(`endpointSlices.validate() says: ${expected[0] ?? "nothing"} (case ${i + 1})`, () => {
    assert.deepEqual(findings(endpointSlices, more), expected);
  });
});

Deno.test("isLoopbackFinding() tells loopback addresses, which loopback mode lets pass, from other findings", () => {
  const object = stored(
    endpointSlices,
    slice({ endpoints: [{ addresses: ["127.64.0.3"] }, { addresses: ["x"] }] }),
  );
  const found = endpointSlices.validate(object);
  assert.deepEqual(found.map(isLoopbackFinding), [true, false]);
});

Deno.test("endpointSlices.validateUpdate() keeps the type of addresses", () => {
  const before = stored(endpointSlices, slice({}));
  const next = stored(endpointSlices, slice({ addressType: "IPv6" }));
  assert.deepEqual(
    endpointSlices.validateUpdate(next, before).map((e) => e.field),
    ["addressType"],
  );
});

Deno.test("endpointSlices.prepareForUpdate() counts changes of endpoints and labels, not of annotations", () => {
  const before = stored(endpointSlices, slice({}));
  const annotated = structuredClone(before);
  annotated.metadata.annotations = { a: "b" };
  endpointSlices.prepareForUpdate(annotated, before, CONTEXT);
  assert.equal(annotated.metadata.generation, 1);
  const labelled = structuredClone(before);
  labelled.metadata.labels = { a: "b" };
  endpointSlices.prepareForUpdate(labelled, before, CONTEXT);
  assert.equal(labelled.metadata.generation, 2);
});

Deno.test("endpoints.validate() checks addresses and ports", () => {
  assert.deepEqual(
    findings(endpoints, {
      subsets: [
        { addresses: [{ ip: "1.2.3.4" }], ports: [{ port: 80 }] },
        {},
        { addresses: [{ ip: "x" }], ports: [{ port: 0 }] },
      ],
    }).map((text) => text.split(":")[0]),
    [
      "subsets[1]",
      "subsets[2].addresses[0].ip",
      "subsets[2].addresses[0].ip",
      "subsets[2].ports[0].port",
    ],
  );
});

Deno.test("endpointsText() shows three addresses and how many more there are", () => {
  const addresses = ["1.1.1.1", "1.1.1.2", "1.1.1.3", "fd00::1"].map((ip) => ({
    ip,
  }));
  const of = (subsets: object[]) =>
    endpointsText(stored(endpoints, { subsets }));
  assert.equal(of([]), "<none>");
  assert.equal(
    of([{ addresses, ports: [{ port: 80 }] }]),
    "1.1.1.1:80,1.1.1.2:80,1.1.1.3:80 + 1 more...",
  );
  assert.equal(
    of([{ addresses: addresses.slice(3), ports: [{ port: 80 }] }]),
    "[fd00::1]:80",
  );
});
