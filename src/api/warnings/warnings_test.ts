import assert from "node:assert/strict";
import { deployments } from "../apps/deployment.ts";
import type { Kind } from "../kind.ts";
import { pods } from "../core/pod.ts";
import { services } from "../core/service.ts";

// deno-lint-ignore no-explicit-any
function warned(kind: Kind<any>, spec: object, name = "a"): string[] {
  const { object } = kind.schema.decode({ metadata: { name }, spec });
  kind.setDefaults(object);
  return kind.warnings?.(object) ?? [];
}

const c = (more: object) => ({
  containers: [{ name: "c", image: "i", ...more }],
});

const PODS: readonly (readonly [object, readonly string[]])[] = [
  [c({}), []],
  [c({ env: [{ name: "A", value: "1" }, { name: "A", value: "2" }] }), [
    'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
  ]],
  [c({ env: [{ name: "A", value: "1" }, { name: "A", value: "$(A):2" }] }), []],
  [c({ ports: [{ containerPort: 80 }, { containerPort: 80 }] }), [
    "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]",
  ]],
  [
    c({
      ports: [{ containerPort: 80, name: "x" }, {
        containerPort: 81,
        name: "x",
      }],
    }),
    [
      'spec.containers[0].ports[1]: duplicate port name "x" with spec.containers[0].ports[0], services and probes that select ports by name will use spec.containers[0].ports[0]',
    ],
  ],
  [c({ resources: { requests: { memory: "100m" } } }), [
    'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
  ]],
  [{ ...c({}), nodeSelector: { "beta.kubernetes.io/os": "linux" } }, [
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
  ]],
  [{ ...c({}), volumes: [{ name: "v", gitRepo: { repository: "x" } }] }, [
    "spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+",
  ]],
];

PODS.forEach(([spec, expected], i) => {
  Deno.test(`pods.warnings() says: ${expected[0] ?? "nothing"} (case ${i + 1})`, () => {
    assert.deepEqual(warned(pods, spec), expected);
  });
});

Deno.test("pods.warnings() recommends names that are host names", () => {
  assert.match(
    warned(pods, c({}), "a.b")[0]!,
    /^metadata.name: this is used in the Pod's hostname, .* a DNS label is recommended: \[must not contain dots\]$/,
  );
});

Deno.test("deployments.warnings() speaks of the template, and only when it changed", () => {
  const spec = {
    template: {
      spec: c({ ports: [{ containerPort: 1 }, { containerPort: 1 }] }),
    },
  };
  assert.deepEqual(warned(deployments, spec), [
    "spec.template.spec.containers[0].ports[1]: duplicate port definition with spec.template.spec.containers[0].ports[0]",
  ]);
  const { object } = deployments.schema.decode({
    metadata: { name: "a", generation: 1 },
    spec,
  });
  deployments.setDefaults(object!);
  assert.deepEqual(deployments.warnings?.(object!, object!), []);
});

Deno.test("services.warnings() tells fields that do nothing", () => {
  assert.deepEqual(warned(services, { ports: [{ port: 1 }] }), []);
  assert.deepEqual(
    warned(services, { clusterIP: "None", sessionAffinity: "ClientIP" }),
    ["spec.SessionAffinity is ignored for headless services"],
  );
  assert.deepEqual(warned(services, { externalIPs: ["1.2.3.4"] }), [
    "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
  ]);
});
