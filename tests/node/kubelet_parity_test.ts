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

/** Ended, and its sandbox too. */
const phase = (wanted: string) => (status: Any) =>
  status.phase === wanted &&
  status.conditions.some(({ type, status }: Any) =>
    type === "PodReadyToStartContainers" && status === "False"
  );
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
      containers: [box("app", RESTS, {
        lifecycle: { postStart: { exec: { command: ["false"] } } },
      })],
    },
    isSettled: phase("Succeeded"),
  },
  "tcp-hook": {
    spec: {
      ...never,
      containers: [box("app", RESTS, {
        lifecycle: { postStart: { tcpSocket: { port: 80 } } },
      })],
    },
    isSettled: phase("Succeeded"),
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
  late: {
    spec: {
      ...never,
      activeDeadlineSeconds: 20,
      containers: [box("app", RESTS)],
    },
    isSettled: phase("Failed"),
  },
};

/** Creates all pods on a node, waits until they have come to rest and tells what is said of them. */
async function picture(
  call: Call,
  until: (what: string, isSo: () => Promise<boolean>) => Promise<void>,
): Promise<Record<string, unknown>> {
  for (const [name, { spec }] of Object.entries(CASES)) {
    const made = await call("POST", `${SPACE}/pods`, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
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
  const told: Record<string, unknown> = {};
  for (const [name, { isSettled }] of Object.entries(CASES)) {
    await until(`${name} has come to rest`, async () => {
      const { status } = await call("GET", `${SPACE}/pods/${name}`);
      if (!isSettled(status)) return false;
      // The kubelet of this test does not know the node's address.
      const { hostIP: _, hostIPs: __, ...rest } = status;
      told[name] = plainly(rest);
      return true;
    });
  }
  const { items } = await call("GET", `${SPACE}/events`);
  for (const name of Object.keys(CASES)) {
    const lines = items.filter(({ involvedObject }: Any) =>
      involvedObject.name === name
    ).map(({ type, reason, message, involvedObject }: Any) =>
      `${type} ${reason} ${involvedObject.fieldPath ?? ""}: ${message}`
    );
    told[`events of ${name}`] = plainly([...new Set(lines)].sort());
  }
  return told;
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
        "content-type": "application/json",
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
