import assert from "node:assert/strict";
import { externalIp, portsText } from "../columns/service.ts";
import type { StrategyContext } from "../kind.ts";
import { type Service, services } from "./service.ts";

const CONTEXT: StrategyContext = { now: 0, user: { name: "t", groups: [] } };

type Loose = Record<string, unknown>;

function stored(spec: Loose, more: Loose = {}): Service {
  const { object, typeError } = services.schema.decode({
    metadata: { name: "a", namespace: "default", resourceVersion: "1" },
    spec: { ports: [{ port: 80 }], ...spec },
    ...more,
  });
  assert.equal(typeError, undefined);
  services.setDefaults(object!);
  services.prepareForCreate(object!, CONTEXT);
  return object!;
}

function updated(before: Service, spec: Loose): Service {
  const next = stored(spec);
  services.prepareForUpdate(next, before, CONTEXT);
  return next;
}

function findings(spec: Loose): string[] {
  return services.validate(stored(spec)).map((e) => `${e.field}: ${e.message}`);
}

Deno.test("services.setDefaults() fills in what kube-apiserver fills in", () => {
  assert.deepEqual(stored({ selector: { a: "b" } }), {
    metadata: { name: "a", namespace: "default", resourceVersion: "1" },
    spec: {
      ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
      selector: { a: "b" },
      type: "ClusterIP",
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
    },
    status: { loadBalancer: {} },
  });
});

Deno.test("services.setDefaults() opens load balancers and client affinity", () => {
  const { spec } = stored({
    type: "LoadBalancer",
    sessionAffinity: "ClientIP",
  });
  assert.equal(spec.externalTrafficPolicy, "Cluster");
  assert.equal(spec.allocateLoadBalancerNodePorts, true);
  assert.deepEqual(spec.sessionAffinityConfig, {
    clientIP: { timeoutSeconds: 10800 },
  });
});

const WRONG: readonly (readonly [Loose, readonly string[]])[] = [
  [{}, []],
  [{ clusterIP: "None", ports: [] }, []],
  [{ type: "ExternalName", externalName: "example.com", ports: [] }, []],
  [{ ports: [] }, ["spec.ports: Required value"]],
  [
    { ports: [{ port: 0 }] },
    [
      "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
      "spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive",
    ],
  ],
  [
    { ports: [{ port: 1 }, { port: 2, name: "b" }] },
    ["spec.ports[0].name: Required value"],
  ],
  [
    { ports: [{ port: 1, name: "a" }, { port: 2, name: "a" }] },
    ['spec.ports[1].name: Duplicate value: "a"'],
  ],
  [
    { ports: [{ port: 1, nodePort: 30000 }] },
    [
      "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    ],
  ],
  [
    { type: "Nothing" },
    [
      'spec.type: Unsupported value: "Nothing": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
  ],
  [
    { type: "ExternalName", ports: [] },
    ["spec.externalName: Required value"],
  ],
  [
    { clusterIP: "10.0.0.999" },
    [
      'spec.clusterIPs[0]: Invalid value: "10.0.0.999": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  ],
  [
    { clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.2"] },
    [
      'spec.clusterIPs: Invalid value: ["10.0.0.2"]: first value must match `clusterIP`',
    ],
  ],
  [
    { sessionAffinity: "Sticky" },
    [
      'spec.sessionAffinity: Unsupported value: "Sticky": supported values: "ClientIP", "None"',
    ],
  ],
  [
    { externalIPs: ["127.0.0.1"] },
    [
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
  ],
  [
    { loadBalancerSourceRanges: ["10.0.0.0/8"] },
    [
      "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
  ],
  [
    { selector: { "a b": "c" } },
    [
      "spec.selector: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
  ],
];

WRONG.forEach(([spec, expected], i) => {
  Deno.test(`services.validate() says: ${expected[0] ?? "nothing"} (case ${i + 1})`, () => {
    assert.deepEqual(findings(spec), expected);
  });
});

Deno.test("services.prepareForUpdate() keeps addresses and node ports that a client leaves out", () => {
  const before = stored({
    type: "NodePort",
    clusterIP: "10.43.0.7",
    ports: [{ port: 80, nodePort: 30080 }],
  });
  const { spec } = updated(before, { type: "NodePort" });
  assert.equal(spec.clusterIP, "10.43.0.7");
  assert.deepEqual(spec.clusterIPs, ["10.43.0.7"]);
  assert.equal(spec.ports?.[0]?.nodePort, 30080);
});

Deno.test("services.prepareForUpdate() drops node ports when the type no longer has them", () => {
  const before = stored({
    type: "NodePort",
    clusterIP: "10.43.0.7",
    ports: [{ port: 80, nodePort: 30080 }],
  });
  const next = updated(before, {
    clusterIP: "10.43.0.7",
    ports: [{ port: 80, nodePort: 30080 }],
  });
  assert.equal(next.spec.ports?.[0]?.nodePort, undefined);
  assert.equal(next.spec.externalTrafficPolicy, undefined);
});

Deno.test("services.validateUpdate() keeps the address", () => {
  const before = stored({ clusterIP: "10.43.0.7" });
  const next = updated(before, { clusterIP: "10.43.0.8" });
  assert.deepEqual(
    services.validateUpdate(next, before).map((e) =>
      `${e.field}: ${e.message}`
    ),
    [
      'spec.clusterIPs[0]: Invalid value: ["10.43.0.8"]: may not change once set',
    ],
  );
});

Deno.test("services.validateStatusUpdate() lets load balancers alone have addresses", () => {
  const before = stored({});
  const next: Service = {
    ...before,
    status: { loadBalancer: { ingress: [{ ip: "1.2.3.4", ipMode: "VIP" }] } },
  };
  assert.equal(services.validateStatusUpdate?.(next, before).length, 1);
  next.spec.type = "LoadBalancer";
  assert.deepEqual(services.validateStatusUpdate?.(next, before), []);
});

const SHOWN: readonly (readonly [Loose, string, string])[] = [
  [{}, "<none>", "80/TCP"],
  [{ externalIPs: ["1.2.3.4"] }, "1.2.3.4", "80/TCP"],
  [
    { type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] },
    "<none>",
    "80:30080/TCP",
  ],
  [{ type: "LoadBalancer" }, "<pending>", "80/TCP"],
  [
    { type: "ExternalName", externalName: "example.com", ports: [] },
    "example.com",
    "<none>",
  ],
];

for (const [spec, external, ports] of SHOWN) {
  Deno.test(`columns show ${external} and ${ports} when the spec is ${JSON.stringify(spec)}`, () => {
    assert.equal(externalIp(stored(spec)), external);
    assert.equal(portsText(stored(spec)), ports);
  });
}
