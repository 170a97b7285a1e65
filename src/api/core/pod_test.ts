import assert from "node:assert/strict";
import type { StrategyContext } from "../kind.ts";
import { type Pod, pods } from "./pod.ts";

const CONTEXT: StrategyContext = {
  now: 0,
  user: { name: "test", groups: [] },
};

type Loose = Record<string, unknown>;

/** A Pod as it is stored: decoded, with defaults, prepared. */
function stored(spec: Loose, metadata: Loose = {}): Pod {
  const { object, typeError } = pods.schema.decode({
    metadata: {
      name: "a",
      namespace: "default",
      resourceVersion: "1",
      ...metadata,
    },
    spec: { containers: [{ name: "c", image: "i:1" }], ...spec },
  });
  assert.equal(typeError, undefined);
  pods.setDefaults(object!);
  pods.prepareForCreate(object!, CONTEXT);
  return object!;
}

function findings(spec: Loose): string[] {
  return pods.validate(stored(spec)).map((e) => `${e.field}: ${e.message}`);
}

function changes(before: Loose, after: Loose): string[] {
  return pods.validateUpdate(stored(after), stored(before)).map((e) =>
    `${e.field}: ${e.message.split("\n")[0]}`
  );
}

const c = (more: Loose) => ({
  containers: [{ name: "c", image: "i", ...more }],
});

Deno.test("pods.setDefaults() fills in what kube-apiserver fills in", () => {
  const pod = stored({
    containers: [{
      name: "c",
      image: "registry.example/app",
      ports: [{ containerPort: 80 }],
      resources: { limits: { cpu: "1" } },
      readinessProbe: { httpGet: { port: 80 } },
    }],
    volumes: [{ name: "v" }, { name: "s", secret: { secretName: "x" } }],
    serviceAccountName: "sa",
  });
  assert.deepEqual(pod.spec, {
    volumes: [
      { name: "v", emptyDir: {} },
      { name: "s", secret: { secretName: "x", defaultMode: 0o644 } },
    ],
    containers: [{
      name: "c",
      image: "registry.example/app",
      ports: [{ containerPort: 80, protocol: "TCP" }],
      resources: { limits: { cpu: "1" }, requests: { cpu: "1" } },
      readinessProbe: {
        httpGet: { port: 80, path: "/", scheme: "HTTP" },
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      },
      terminationMessagePath: "/dev/termination-log",
      terminationMessagePolicy: "File",
      imagePullPolicy: "Always",
    }],
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    serviceAccountName: "sa",
    serviceAccount: "sa",
    securityContext: {},
    schedulerName: "default-scheduler",
    enableServiceLinks: true,
  });
});

const PULL: readonly (readonly [string, string])[] = [
  ["nginx", "Always"],
  ["nginx:latest", "Always"],
  ["nginx:1.2", "IfNotPresent"],
  ["localhost:5000/nginx", "Always"],
  ["localhost:5000/nginx:2", "IfNotPresent"],
  [`nginx@sha256:${"a".repeat(64)}`, "IfNotPresent"],
  ["file:///opt/hello.wasm", "IfNotPresent"],
];

for (const [image, policy] of PULL) {
  Deno.test(`pods.setDefaults() pulls ${image.slice(0, 30)} ${policy}`, () => {
    const pod = stored({ containers: [{ name: "c", image }] });
    assert.equal(pod.spec.containers[0]?.imagePullPolicy, policy);
  });
}

Deno.test("pods.setDefaults() gives host ports in the host's network", () => {
  const pod = stored({
    hostNetwork: true,
    ...c({ ports: [{ containerPort: 8 }] }),
  });
  assert.equal(pod.spec.containers[0]?.ports?.[0]?.hostPort, 8);
});

Deno.test("pods.prepareForCreate() sets phase, class and generation, whatever the client sent", () => {
  const pod = stored({ schedulingGates: [{ name: "example.com/gate" }] });
  assert.equal(pod.metadata.generation, 1);
  assert.equal(pod.status?.phase, "Pending");
  assert.equal(pod.status?.qosClass, "BestEffort");
  assert.equal(pod.status?.conditions?.[0]?.reason, "SchedulingGated");
});

Deno.test("pods.validate() accepts a plain Pod", () => {
  assert.deepEqual(findings({}), []);
});

const WRONG: readonly (readonly [Loose, readonly string[]])[] = [
  [{ containers: [] }, ["spec.containers: Required value"]],
  [c({ name: "" }), ["spec.containers[0].name: Required value"]],
  [c({ image: "" }), ["spec.containers[0].image: Required value"]],
  [
    c({ image: " i" }),
    [
      'spec.containers[0].image: Invalid value: " i": must not have leading or trailing whitespace',
    ],
  ],
  [
    { containers: [{ name: "c", image: "i" }, { name: "c", image: "i" }] },
    ['spec.containers[1].name: Duplicate value: "c"'],
  ],
  [
    { restartPolicy: "Sometimes" },
    [
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
    ],
  ],
  [
    c({ ports: [{ containerPort: 0 }] }),
    ["spec.containers[0].ports[0].containerPort: Required value"],
  ],
  [
    c({ ports: [{ containerPort: 70000 }] }),
    [
      "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
    ],
  ],
  [
    c({ ports: [{ containerPort: 1, protocol: "ICMP" }] }),
    [
      'spec.containers[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
    ],
  ],
  [
    c({ volumeMounts: [{ name: "v", mountPath: "/x" }] }),
    ['spec.containers[0].volumeMounts[0].name: Not found: "v"'],
  ],
  [
    c({
      env: [{
        name: "A",
        value: "x",
        valueFrom: { fieldRef: { fieldPath: "metadata.name" } },
      }],
    }),
    [
      'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
    ],
  ],
  [
    c({
      env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.foo" } } }],
    }),
    [
      'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.foo": error converting fieldPath: field label not supported: spec.foo',
    ],
  ],
  [
    c({ resources: { limits: { cpu: "-1" } } }),
    [
      'spec.containers[0].resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
      'spec.containers[0].resources.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ],
  ],
  [
    c({ resources: { limits: { memory: "1" }, requests: { memory: "2" } } }),
    [
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to memory limit of 1',
    ],
  ],
  [
    c({ resources: { limits: { pods: "1" } } }),
    [
      'spec.containers[0].resources.limits[pods]: Invalid value: "pods": must be a standard resource for containers',
      'spec.containers[0].resources.requests[pods]: Invalid value: "pods": must be a standard resource for containers',
    ],
  ],
  [
    c({ livenessProbe: { httpGet: { port: 0 }, successThreshold: 2 } }),
    [
      "spec.containers[0].livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive",
      "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
    ],
  ],
  [
    c({ livenessProbe: { periodSeconds: 1 } }),
    ["spec.containers[0].livenessProbe: Required value: must specify a handler type"],
  ],
  [
    c({ readinessProbe: { exec: { command: ["a"] }, tcpSocket: { port: 1 } } }),
    [
      "spec.containers[0].readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
    ],
  ],
  [
    { volumes: [{ name: "v", emptyDir: {}, hostPath: { path: "/x" } }] },
    [
      "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
    ],
  ],
  [
    { volumes: [{ name: "v", hostPath: { path: "/a/../b" } }] },
    [
      "spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'",
    ],
  ],
  [
    {
      volumes: [{
        name: "v",
        configMap: { name: "m", items: [{ key: "k", path: "../x" }] },
      }],
    },
    [
      "spec.volumes[0].configMap.items[0].path: Invalid value: \"../x\": must not contain '..'",
    ],
  ],
  [
    { tolerations: [{ operator: "Equal" }] },
    [
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
  ],
  [
    { dnsPolicy: "None" },
    [
      "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
    ],
  ],
  [
    { securityContext: { runAsUser: -1 } },
    [
      "spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
    ],
  ],
  [
    {
      initContainers: [{
        name: "i",
        image: "i",
        readinessProbe: { exec: { command: ["a"] } },
      }],
    },
    [
      "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
    ],
  ],
  [
    {
      topologySpreadConstraints: [{
        maxSkew: 0,
        topologyKey: "",
        whenUnsatisfiable: "Never",
      }],
    },
    [
      "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
      "spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty",
      'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Never": supported values: "DoNotSchedule", "ScheduleAnyway"',
    ],
  ],
  [
    {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [],
          },
        },
      },
    },
    [
      "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term",
    ],
  ],
  [
    { hostAliases: [{ ip: "1.2.3" }] },
    [
      'spec.hostAliases[0].ip: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  ],
];

for (const [spec, expected] of WRONG) {
  Deno.test(`pods.validate() says: ${expected[0]}`, () => {
    assert.deepEqual(findings(spec), expected);
  });
}

Deno.test("pods.validate() refuses in a new Pod what may come only later", () => {
  const spec = {
    nodeName: "n",
    schedulingGates: [{ name: "example.com/gate" }],
    ephemeralContainers: [{ name: "e", image: "i" }],
  };
  assert.deepEqual(pods.validate(stored(spec)), []);
  assert.deepEqual(
    pods.validate(stored(spec, { resourceVersion: "" })).map((e) => e.field),
    ["spec.ephemeralContainers", "spec.nodeName"],
  );
});

Deno.test("pods.validateUpdate() lets images, deadline and tolerations change", () => {
  assert.deepEqual(
    changes(
      { tolerations: [{ key: "a", operator: "Exists" }] },
      {
        ...c({ image: "i:2" }),
        activeDeadlineSeconds: 10,
        tolerations: [
          { key: "a", operator: "Exists" },
          { key: "b", operator: "Exists" },
        ],
      },
    ).filter((t) => !t.includes("imagePullPolicy")),
    [
      "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
    ].slice(1),
  );
});

Deno.test("pods.validateUpdate() keeps the engines of a pod that has a node", () => {
  const annotated = (
    annotations: Record<string, string>,
    nodeName?: string,
  ): Pod => {
    const pod = stored(nodeName ? { nodeName } : {});
    return { ...pod, metadata: { ...pod.metadata, annotations } };
  };
  const engine = (name: string) => ({ "wherry.dev/runtime.c": name, a: name });
  const found = (next: Pod, previous: Pod) =>
    pods.validateUpdate(next, previous).map(({ field }) => field);
  assert.deepEqual(
    found(annotated(engine("deno")), annotated(engine("wasmtime"))),
    [],
  );
  assert.deepEqual(
    found(annotated(engine("deno"), "n"), annotated(engine("wasmtime"), "n")),
    ["metadata.annotations[wherry.dev/runtime.c]"],
  );
  assert.deepEqual(found(annotated({}, "n"), annotated(engine("deno"), "n")), [
    "metadata.annotations[wherry.dev/runtime.c]",
  ]);
});

const FORBIDDEN: readonly (readonly [string, Loose, Loose, RegExp])[] = [
  [
    "a changed field",
    {},
    { nodeSelector: { a: "b" } },
    /^spec: Forbidden: pod updates may not change fields other than /,
  ],
  [
    "an added container",
    {},
    {
      containers: [{ name: "c", image: "i:1" }, { name: "d", image: "i" }],
    },
    /^spec.containers: Forbidden: pod updates may not add or remove containers/,
  ],
  [
    "a removed toleration",
    { tolerations: [{ key: "a", operator: "Exists" }] },
    {},
    /^spec.tolerations: Forbidden: existing toleration can not be modified/,
  ],
  [
    "a longer deadline",
    { activeDeadlineSeconds: 5 },
    { activeDeadlineSeconds: 6 },
    /^spec.activeDeadlineSeconds: .* must be less than or equal to previous value/,
  ],
  [
    "a new scheduling gate",
    {},
    { schedulingGates: [{ name: "example.com/x" }] },
    /only deletion is allowed, but found new scheduling gate/,
  ],
];

for (const [what, before, after, expected] of FORBIDDEN) {
  Deno.test(`pods.validateUpdate() refuses ${what}`, () => {
    assert.match(changes(before, after)[0] ?? "", expected);
  });
}

Deno.test("pods.validateUpdate() tells what differs", () => {
  const found = pods.validateUpdate(stored({ hostIPC: true }), stored({}));
  assert.match(found[0]!.message, /\n\+ hostIPC: true$/);
});

Deno.test("pods.prepareForUpdate() restores the status and counts generations", () => {
  const before = stored({});
  const same = structuredClone(before);
  same.status = { phase: "Running" };
  same.metadata.labels = { a: "b" };
  pods.prepareForUpdate(same, before, CONTEXT);
  assert.equal(same.status?.phase, "Pending");
  assert.equal(same.metadata.generation, 1);
  const next = structuredClone(before);
  next.spec.containers[0]!.image = "i:2";
  pods.prepareForUpdate(next, before, CONTEXT);
  assert.equal(next.metadata.generation, 2);
});

Deno.test("pods.prepareForStatusUpdate() restores all but the status", () => {
  const before = stored({});
  const next = structuredClone(before);
  next.spec.nodeName = "n";
  next.status = { phase: "Running" };
  pods.prepareForStatusUpdate?.(next, before, CONTEXT);
  assert.equal(next.spec.nodeName, undefined);
  assert.equal(next.status?.phase, "Running");
  assert.equal(next.status?.qosClass, "BestEffort");
});

Deno.test("pods.validateStatusUpdate() refuses to bring an ended container back to life", () => {
  const before = stored({ restartPolicy: "Never" });
  const status = (state: Loose) => ({
    ...before,
    status: {
      ...before.status,
      containerStatuses: [{
        name: "c",
        ready: false,
        restartCount: 0,
        image: "",
        imageID: "",
        state,
      }],
    },
  } as Pod);
  const found = pods.validateStatusUpdate?.(
    status({ running: {} }),
    status({ terminated: { exitCode: 0 } }),
  );
  assert.equal(found?.[0]?.field, "status.containerStatuses[0].state");
});

Deno.test("pods.selectableFields() holds just the supported selectors", () => {
  const fields = pods.selectableFields?.(stored({ nodeName: "n" }));
  assert.deepEqual(Object.keys(fields ?? {}), [...pods.fieldSelectors]);
  assert.equal(fields?.["spec.nodeName"], "n");
});
