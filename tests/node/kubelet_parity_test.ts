/** What our agent says of pods is what a real kubelet says of the same pods: statuses and events. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ContainerdRig } from "../../src/testing/containerd_rig.ts";
import { testWith } from "../../src/testing/needs.ts";
import { BUSYBOX_IMAGE } from "../../tools/make_image.ts";
import type { Any } from "../e2e/objects.ts";
import { Rig } from "../e2e/rig.ts";
import { TestCluster } from "../support/cluster.ts";
import { Kubelet } from "../support/kubelet.ts";

/** Asks the API of a cluster. */
type Call = (method: string, path: string, body?: unknown) => Promise<Any>;

const SPACE = "/api/v1/namespaces/default";

function box(name: string, script: string, more: Any = {}): Any {
  return {
    name,
    image: BUSYBOX_IMAGE,
    imagePullPolicy: "Never",
    command: ["sh", "-c", script],
    ...more,
  };
}

const RESTS = "trap 'exit 0' TERM; while true; do sleep 0.1; done";

/** A first process without a handler of its own does not see TERM: it ends by KILL, however early it is told. */
const IGNORES = "exec sleep 1000";

const never = { restartPolicy: "Never" };
const rule = (action: string, values: number[]) => ({
  restartPolicy: "Never",
  restartPolicyRules: [{ action, exitCodes: { operator: "In", values } }],
});
/** Ends with a status at its first run, and rests from then on. */
const once = (status: number) =>
  `test -e /data/ran && { ${RESTS}; }; touch /data/ran; sleep 1; exit ${status}`;
const DATA = { volumeMounts: [{ name: "data", mountPath: "/data" }] };

/** A pod, and when it has come to rest. */
interface Case {
  readonly spec: Any;
  readonly isSettled: (status: Any) => boolean;
}

/** Whether it has ended, and its sandbox too. */
const isOver = (status: Any) =>
  ["Succeeded", "Failed"].includes(status.phase) &&
  status.conditions.some(({ type, status }: Any) =>
    type === "PodReadyToStartContainers" && status === "False"
  );
const phase = (wanted: string) => (status: Any) =>
  status.phase === wanted && (wanted === "Running" || isOver(status));
const ready = (status: Any) =>
  status.conditions?.some(({ type, status }: Any) =>
    type === "Ready" && status === "True"
  );
const waitsFor = (reason: string) => (status: Any) =>
  [...status.initContainerStatuses ?? [], ...status.containerStatuses ?? []]
    .some(({ state }) => state.waiting?.reason === reason);

const CASES: Readonly<Record<string, Case>> = {
  plain: {
    spec: {
      containers: [
        box("z", RESTS, {
          resources: {
            requests: { cpu: "100m", memory: "16Mi" },
            limits: { memory: "32Mi" },
          },
          volumeMounts: [
            { name: "data", mountPath: "/data" },
            { name: "data", mountPath: "/fixed", readOnly: true },
          ],
        }),
        box("a", RESTS),
      ],
    },
    isSettled: ready,
  },
  job: {
    spec: {
      ...never,
      initContainers: [
        box("prepare", "true"),
        box("proxy", RESTS, { restartPolicy: "Always" }),
      ],
      containers: [box("app", "sleep 1; echo -n bye > /dev/termination-log")],
    },
    isSettled: phase("Succeeded"),
  },
  failing: {
    spec: {
      ...never,
      containers: [
        box("app", "echo -n why > /dev/termination-log; exit 3"),
        box("log", "echo printed; exit 1", {
          terminationMessagePolicy: "FallbackToLogsOnError",
        }),
      ],
    },
    isSettled: phase("Failed"),
  },
  looping: {
    spec: { containers: [box("app", "exit 1")] },
    isSettled: waitsFor("CrashLoopBackOff"),
  },
  unstartable: {
    spec: { ...never, containers: [{ ...box("app", ""), command: ["/no"] }] },
    isSettled: phase("Failed"),
  },
  unpullable: {
    spec: { containers: [{ ...box("app", ""), image: "not/here:1" }] },
    isSettled: waitsFor("ErrImageNeverPull"),
  },
  unconfigured: {
    spec: {
      containers: [
        box("app", "", { envFrom: [{ configMapRef: { name: "none" } }] }),
      ],
    },
    isSettled: waitsFor("CreateContainerConfigError"),
  },
  "init-failing": {
    spec: {
      ...never,
      initContainers: [box("one", "exit 5")],
      containers: [box("app", RESTS)],
    },
    isSettled: phase("Failed"),
  },
  hooked: {
    spec: {
      ...never,
      containers: [box("app", IGNORES, {
        lifecycle: { postStart: { exec: { command: ["false"] } } },
      })],
    },
    isSettled: phase("Failed"),
  },
  ruled: {
    spec: {
      ...never,
      containers: [box("app", once(42), { ...rule("Restart", [42]), ...DATA })],
    },
    isSettled: (status) =>
      status.containerStatuses?.[0].restartCount === 1 && ready(status),
  },
  whole: {
    spec: {
      ...never,
      initContainers: [box("prepare", "true")],
      containers: [
        box("app", once(88), {
          ...rule("RestartAllContainers", [88]),
          ...DATA,
        }),
        box("other", RESTS),
      ],
    },
    isSettled: (status) =>
      status.containerStatuses?.every(({ restartCount }: Any) =>
        restartCount === 1
      ) && ready(status),
  },
  unlively: {
    spec: {
      ...never,
      containers: [
        box("app", IGNORES, {
          livenessProbe: {
            exec: { command: ["false"] },
            periodSeconds: 1,
            failureThreshold: 1,
          },
        }),
        box("other", "sleep 8"),
      ],
      initContainers: [
        box("proxy", RESTS, {
          restartPolicy: "Always",
          livenessProbe: {
            exec: { command: ["sh", "-c", "test ! -e /data/sick"] },
            periodSeconds: 1,
            failureThreshold: 1,
          },
          ...DATA,
        }),
      ],
    },
    isSettled: phase("Failed"),
  },
  gated: {
    spec: {
      readinessGates: [{ conditionType: "example.com/open" }],
      containers: [box("app", RESTS)],
    },
    isSettled: (status) =>
      status.conditions?.some(({ reason }: Any) =>
        reason === "ReadinessGatesNotReady"
      ),
  },
  unready: {
    spec: {
      containers: [
        box("app", RESTS, {
          readinessProbe: { exec: { command: ["false"] }, periodSeconds: 1 },
        }),
      ],
    },
    isSettled: phase("Running"),
  },
  hungry: {
    spec: {
      ...never,
      containers: [
        box("app", "x=a; while true; do x=$x$x; done", {
          resources: { limits: { memory: "16Mi" } },
        }),
      ],
    },
    isSettled: phase("Failed"),
  },
  late: {
    spec: {
      ...never,
      activeDeadlineSeconds: 20,
      containers: [box("app", RESTS)],
    },
    isSettled: phase("Failed"),
  },
};

/** Pods that are deleted, and held so that their end can be looked at. */
const HELD: Readonly<Record<string, Any>> = {
  obedient: { containers: [box("app", RESTS)] },
  stubborn: {
    initContainers: [box("proxy", RESTS, { restartPolicy: "Always" })],
    containers: [box("app", "trap '' TERM; while true; do sleep 0.1; done")],
  },
  waiting: {
    initContainers: [box("one", RESTS)],
    containers: [box("app", RESTS)],
  },
  missing: { containers: [{ ...box("app", ""), image: "not/here:1" }] },
};

async function create(
  call: Call,
  name: string,
  { spec, finalizers = [] }: { spec: Any; finalizers?: readonly string[] },
): Promise<void> {
  const made = await call("POST", `${SPACE}/pods`, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, finalizers },
    spec: {
      terminationGracePeriodSeconds: 2,
      automountServiceAccountToken: false,
      dnsPolicy: "Default",
      volumes: [{ name: "data", emptyDir: {} }],
      ...spec,
    },
  });
  if (made.kind === "Status") throw new Error(made.message);
}

/** Creates all pods on a node, waits until they have come to rest and tells what is said of them. */
async function picture(
  call: Call,
  until: (what: string, isSo: () => Promise<boolean>) => Promise<void>,
): Promise<Record<string, unknown>> {
  for (const [name, { spec }] of Object.entries(CASES)) {
    await create(call, name, { spec });
  }
  for (const [name, spec] of Object.entries(HELD)) {
    await create(call, name, { spec, finalizers: ["example.com/hold"] });
  }
  const told: Record<string, unknown> = {};
  for (const [name, { isSettled }] of Object.entries(CASES)) {
    await until(`${name} has come to rest`, async () => {
      const { status } = await call("GET", `${SPACE}/pods/${name}`);
      if (!isSettled(status)) return false;
      told[name] = saidOf(status);
      return true;
    });
  }
  for (const name of Object.keys(HELD)) {
    await call("DELETE", `${SPACE}/pods/${name}`);
    await until(`${name} has ended`, async () => {
      const { status } = await call("GET", `${SPACE}/pods/${name}`);
      if (!isOver(status)) return false;
      told[`the end of ${name}`] = saidOf(status);
      return true;
    });
    await call("PATCH", `${SPACE}/pods/${name}`, {
      metadata: { finalizers: null },
    });
  }
  const { items } = await call("GET", `${SPACE}/events`);
  for (const name of [...Object.keys(CASES), ...Object.keys(HELD)]) {
    const lines = items.filter(({ involvedObject }: Any) =>
      involvedObject.name === name
    ).filter(({ message }: Any) =>
      // Whether a probe comes just as its container ends is chance.
      !/errored and resulted in unknown state/.test(message)
    ).map(({ type, reason, message, involvedObject }: Any) =>
      `${type} ${reason} ${involvedObject.fieldPath ?? ""}: ${message}`
    );
    told[`events of ${name}`] = plainly([...new Set(lines)].sort());
  }
  return told;
}

/**
 * The kubelet of this test does not know the node's address; and what it says of the resources of a pod that has ended depends on whether it read the control
 * group before it was gone.
 */
function saidOf({ hostIP: _, hostIPs: __, resources, ...rest }: Any): unknown {
  return plainly(isOver(rest) ? rest : { resources, ...rest });
}

/** Without what differs from run to run. */
function plainly(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value)
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, "UID")
      .replace(/[0-9a-f]{64}/g, "ID")
      .replace(/\b\d+\.\d+\.\d+\.\d+\b/g, "ADDRESS")
      .replace(/ to [\w.-]+"/g, ' to NODE"'),
  );
}

testWith("our agent tells of pods what a real kubelet tells", {
  needs: ["containerd", "kubelet"],
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const ours = await ofAgent();
    const theirs = await ofKubelet();
    for (const key of Object.keys(theirs)) {
      assert.deepEqual(ours[key], theirs[key], key);
    }
  },
});

async function ofAgent(): Promise<Record<string, unknown>> {
  await using rig = await Rig.open({ images: ["busybox"] });
  return await picture(
    (method, path, body) => rig.call(method, path, body),
    (what, isSo) => rig.until(what, isSo),
  );
}

async function ofKubelet(): Promise<Record<string, unknown>> {
  await using cluster = await TestCluster.make();
  await cluster.startServer();
  await using containerd = await ContainerdRig.open({ here: true });
  const { token: admin, ca } = await cluster.credentials();
  using client = Deno.createHttpClient({ caCerts: [ca] });
  const call: Call = async (method, path, body) => {
    const answer = await fetch(cluster.url + path, {
      method,
      client,
      headers: {
        authorization: `Bearer ${admin}`,
        "content-type": method === "PATCH"
          ? "application/merge-patch+json"
          : "application/json",
      },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
    return await answer.json();
  };
  const made = await cluster.wherry("token", "create");
  await using kubelet = await Kubelet.start({
    dir: join(cluster.dir, "kubelet"),
    server: cluster.url,
    ca,
    token: made.stdout.split("@")[0]!.trim(),
    nodeName: "k1",
    socket: containerd.own.socket,
  });
  await cluster.until("the node is Ready", async () => {
    if (kubelet.ended) throw new Error(await kubelet.log());
    const { status, spec } = await call("GET", "/api/v1/nodes/k1");
    return ready(status ?? {}) && (spec.taints ?? []).length === 0;
  });
  const told = await picture(
    call,
    (what, isSo) => cluster.until(what, isSo),
  );
  const { items } = await call("GET", `${SPACE}/pods`);
  for (const { metadata } of items) {
    await call("DELETE", `${SPACE}/pods/${metadata.name}`);
  }
  await cluster.until(
    "all pods are gone",
    async () => (await call("GET", `${SPACE}/pods`)).items.length === 0,
  );
  return told;
}
