/**
 * What a Pod can say for a container, said for WASM guests: a row each. As root with namespaces and control groups, else as far as an ordinary user gets.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../../src/testing/needs.ts";
import { type Any, guest, wasmPod } from "./objects.ts";
import { IS_ROOT, Rig } from "./rig.ts";

const LONG = ["sleep", "36000000"];

/** One thing that a Pod says, and what becomes of it. */
interface Row {
  readonly name: string;
  /** The Pod's spec; its arguments and more of the container. */
  readonly args?: readonly string[];
  readonly spec?: Any;
  readonly annotations?: Record<string, string>;
  /** Its whole output, once it has ended. */
  readonly says?: string | RegExp;
  /** How it ends. @default 0 */
  readonly code?: number;
  /** The reason of its end. */
  readonly reason?: string;
  /** Why it is not started: `Reason: text`. */
  readonly refused?: RegExp;
  /** Anything else; asked again until it is true. */
  readonly until?: (rig: Rig, pod: Any) => Promise<boolean>;
  /** Whether it takes root. */
  readonly root?: true;
}

const field = (fieldPath: string) => ({
  valueFrom: { fieldRef: { fieldPath } },
});

const ROWS: readonly Row[] = [
  {
    name: "command-args",
    args: ["print", "$(WHO)", "args"],
    spec: {
      container: {
        command: ["/bin/tool", "print", "x y"],
        env: [{ name: "WHO", value: "me" }],
      },
    },
    says: "x y\nme\n/bin/tool\nprint\nx y\nprint\nme\nargs\n",
  },
  {
    name: "env",
    args: ["env"],
    spec: {
      enableServiceLinks: false,
      container: {
        env: [
          { name: "POD", ...field("metadata.name") },
          { name: "NODE_IP", ...field("status.hostIP") },
          {
            name: "CPU",
            valueFrom: { resourceFieldRef: { resource: "limits.cpu" } },
          },
          { name: "HOME", value: "/h" },
          { name: "HTTP_PROXY", value: "http://u:p@x" },
          { name: "LD_PRELOAD", value: "/evil.so" },
          { name: "WASMTIME_LOG", value: "trace" },
          { name: "dotted.name-x", value: "$(POD)!" },
        ],
        envFrom: [{ configMapRef: { name: "words" }, prefix: "C_" }],
        resources: { limits: { cpu: "1" } },
      },
    },
    says:
      /^(?=[^]*^C_one=1$)(?=[^]*^POD=env$)(?=[^]*^NODE_IP=[\d.]+$)(?=[^]*^CPU=1$)(?=[^]*^HOME=\/h$)(?=[^]*^HTTP_PROXY=http:\/\/u:p@x$)(?=[^]*^LD_PRELOAD=\/evil\.so$)(?=[^]*^WASMTIME_LOG=trace$)(?=[^]*^dotted\.name-x=env!$)/m,
  },
  {
    name: "working-dir",
    args: ["cwd"],
    spec: { container: { image: guest("dialer"), workingDir: "/work/here" } },
    says: "/work/here\n",
  },
  {
    name: "volumes",
    args: [
      ...[
        "read",
        "/config/one",
        "read",
        "/key/token",
        "read",
        "/labels/labels",
      ],
      ...["try", "/config/one", "x", "try", "/disk/a", "hello"],
      ...["read", "/disk/a", "try", "/still/b", "x", "read", "/still/a"],
    ],
    spec: {
      volumes: [
        { name: "config", configMap: { name: "words" } },
        { name: "key", secret: { secretName: "key", defaultMode: 0o444 } },
        { name: "disk", emptyDir: {} },
        {
          name: "labels",
          downwardAPI: {
            items: [{
              path: "labels",
              fieldRef: { fieldPath: "metadata.labels['name']" },
            }],
          },
        },
      ],
      container: {
        volumeMounts: [
          { name: "config", mountPath: "/config" },
          { name: "key", mountPath: "/key" },
          { name: "labels", mountPath: "/labels" },
          { name: "disk", mountPath: "/disk" },
          { name: "disk", mountPath: "/still", readOnly: true },
        ],
      },
    },
    says: "1hunter2volumesrefused\nwritten\nhello\nrefused\nhello\n",
  },
  {
    name: "sub-path",
    root: true,
    args: ["write", "/part/x", "deep", "read", "/all/one/two/x"],
    spec: {
      volumes: [{ name: "disk", emptyDir: {} }],
      container: {
        volumeMounts: [
          { name: "disk", mountPath: "/all" },
          { name: "disk", mountPath: "/part", subPath: "one/two" },
        ],
      },
    },
    says: "deep\n",
  },
  {
    name: "sub-path-file",
    args: ["read", "/app/settings.conf"],
    spec: {
      volumes: [{ name: "config", configMap: { name: "words" } }],
      container: {
        volumeMounts: [{
          name: "config",
          mountPath: "/app/settings.conf",
          subPath: "one",
        }],
      },
    },
    says: "1\n",
  },
  {
    name: "memory-volume",
    root: true,
    args: ["write", "/m/x", "fast", "read", "/m/x"],
    spec: {
      volumes: [{ name: "m", emptyDir: { medium: "Memory" } }],
      container: { volumeMounts: [{ name: "m", mountPath: "/m" }] },
    },
    says: "fast\n",
  },
  {
    name: "token",
    args: ["read", "/var/run/secrets/kubernetes.io/serviceaccount/token"],
    says: /^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/,
  },
  {
    name: "host-aliases",
    args: ["lookup", "friend.example", "lookup", "other.example"],
    root: true,
    spec: {
      hostAliases: [{ ip: "192.0.2.7", hostnames: ["friend.example"] }],
      container: { image: guest("dialer") },
    },
    says: /^192\.0\.2\.7\nunknown \d+\n$/,
  },
  {
    name: "host-aliases-file",
    args: ["read", "/etc/hosts"],
    spec: {
      hostAliases: [{ ip: "192.0.2.7", hostnames: ["friend.example"] }],
    },
    says: /192\.0\.2\.7\s+friend\.example/,
  },
  {
    name: "dns-config",
    root: true,
    args: ["read", "/etc/resolv.conf", "read", "/etc/hostname"],
    spec: {
      hostAliases: [{ ip: "192.0.2.7", hostnames: ["friend.example"] }],
      dnsPolicy: "None",
      dnsConfig: {
        nameservers: ["192.0.2.53"],
        searches: ["corner.example"],
        options: [{ name: "ndots", value: "3" }],
      },
    },
    says:
      "search corner.example\nnameserver 192.0.2.53\noptions ndots:3\ndns-config\n",
  },
  {
    name: "memory-limit",
    root: true,
    args: ["allocate", "96", "print", "never"],
    spec: { container: { resources: { limits: { memory: "64Mi" } } } },
    code: 137,
    reason: "OOMKilled",
    says: "",
  },
  {
    name: "cpu-limit",
    root: true,
    args: LONG,
    spec: {
      container: {
        resources: { limits: { cpu: "250m" }, requests: { cpu: "100m" } },
      },
    },
    until: async (rig, pod) => {
      const { groups } = await processOf(rig, pod);
      const v1 = /^\d+:cpu(?:,cpuacct)?:(.*)$/m.exec(groups)?.[1];
      const v2 = /^0::(.*)$/m.exec(groups)?.[1];
      const root = "/sys/fs/cgroup";
      const limit = v1 === undefined
        ? await Deno.readTextFile(`${root}${v2}/cpu.max`)
        : await Deno.readTextFile(`${root}/cpu${v1}/cpu.cfs_quota_us`);
      assert.match(limit, /^25000\b/);
      return true;
    },
  },
  {
    name: "user",
    root: true,
    args: [
      ...["write", "/disk/mine", "x", "print", "done", ...LONG],
    ],
    spec: {
      securityContext: { runAsUser: 4321, runAsGroup: 4322, fsGroup: 4323 },
      volumes: [{ name: "disk", emptyDir: {} }],
      container: {
        volumeMounts: [{ name: "disk", mountPath: "/disk" }],
        securityContext: { readOnlyRootFilesystem: true },
      },
    },
    until: async (rig, pod) => {
      const { status } = await processOf(rig, pod);
      assert.match(status, /^Uid:\t4321\t4321\t4321\t4321$/m);
      assert.match(status, /^Gid:\t4322\t4322\t4322\t4322$/m);
      assert.match(status, /^Groups:\t(\d+ )*4323\b/m);
      assert.match(status, /^NoNewPrivs:\t1$/m);
      assert.match(status, /^CapEff:\t0+$/m);
      assert.match(status, /^CapBnd:\t0+$/m);
      return await logs(rig, pod) === "done\n";
    },
  },
  {
    name: "limits-of-their-own",
    args: LONG,
    until: async (rig, pod) => {
      const { limits } = await processOf(rig, pod);
      assert.match(limits, /^Max core file size +0 +0 /m);
      const [, files] = /^Max open files +\d+ +(\d+) /m.exec(limits) ?? [];
      assert.ok(Number(files) <= 65_536, limits);
      return true;
    },
  },
  { name: "exit-code", args: ["exit", "125"], code: 125, reason: "Error" },
  {
    // What wasmtime's command line makes of all codes from 126 on.
    name: "exit-code-too-large",
    args: ["exit", "200"],
    code: 1,
    reason: "Error",
  },
  {
    name: "trap",
    args: ["trap"],
    code: 134,
    reason: "Error",
    says: /unreachable/,
  },
  {
    name: "init-and-sidecar",
    args: ["read", "/shared/word", "read", "/shared/beside"],
    spec: {
      restartPolicy: "OnFailure",
      volumes: [{ name: "shared", emptyDir: {} }],
      initContainers: [
        {
          name: "beside",
          restartPolicy: "Always",
          image: guest("exerciser"),
          args: ["write", "/shared/beside", "sidecar", ...LONG],
          volumeMounts: [{ name: "shared", mountPath: "/shared" }],
        },
        {
          name: "before",
          image: guest("exerciser"),
          // the sidecar has been started, and soon it has written
          args: [
            ...["sleep", "500", "read", "/shared/beside"],
            ...["write", "/shared/word", "init"],
          ],
          volumeMounts: [{ name: "shared", mountPath: "/shared" }],
        },
      ],
      container: { volumeMounts: [{ name: "shared", mountPath: "/shared" }] },
    },
    says: "init\nsidecar\n",
  },
  {
    name: "restarts",
    args: ["print", "again", "exit", "3"],
    spec: { restartPolicy: "Always" },
    until: async (rig, pod) => {
      const [container] = pod.status.containerStatuses ?? [];
      if (!(container?.restartCount > 0)) return false;
      assert.equal(container.lastState.terminated.exitCode, 3);
      const { stdout } = await rig.cluster.wherry("logs", "-p", "restarts");
      return stdout === "again\n";
    },
  },
  {
    name: "several",
    args: ["print", "first"],
    spec: {
      containers: [{
        name: "second",
        image: guest("exerciser"),
        args: ["print", "second"],
      }],
    },
    until: async (rig) => {
      const { stdout } = await rig.cluster.wherry(
        ...["logs", "several", "-c", "second"],
      );
      return stdout === "second\n";
    },
    says: "first\n",
  },
  {
    name: "host-network",
    args: ["dial", "127.0.0.1", "10248"],
    spec: { hostNetwork: true, container: { image: guest("dialer") } },
    says: "connected\n",
  },
  {
    name: "own-network",
    root: true,
    args: ["dial", "127.0.0.1", "10248"],
    spec: { container: { image: guest("dialer") } },
    says: "refused 14\n",
  },
  {
    name: "no-network",
    annotations: { "wherry.dev/allow-net": "none" },
    args: ["dial", "127.0.0.1", "10248", "lookup", "localhost"],
    spec: { hostNetwork: true, container: { image: guest("dialer") } },
    says: /^refused 1\nunknown \d+\n$/,
  },
  {
    name: "some-network",
    annotations: { "wherry.dev/allow-net": "example.com:443" },
    args: ["cwd"],
    refused:
      /^CreateContainerConfigError: .*can allow a guest all of the network or "none"$/,
  },
  {
    name: "host-port",
    root: true,
    spec: {
      container: {
        image: guest("http_echo"),
        ports: [{ containerPort: 8080, hostPort: 18931 }],
        env: [{ name: "POD_NAME", value: "me" }],
      },
    },
    until: async (rig) => {
      const node = (await rig.call("GET", "/api/v1/nodes")).items[0];
      const { address } = node.status.addresses[0];
      const answer = await fetch(`http://${address}:18931/`)
        .catch(() => undefined);
      return await answer?.text() === "hello from me\n";
    },
  },
  {
    name: "command-of-wasi-0-3",
    spec: { container: { image: guest("async_command") } },
    says: "hello from WASI 0.3\n",
  },
  {
    name: "service-of-wasi-0-3",
    spec: {
      container: {
        image: guest("async_http"),
        ports: [{ containerPort: 8097 }],
      },
    },
    until: async (rig) => {
      const path = "/api/v1/namespaces/default/pods/service-of-wasi-0-3:8097";
      const answer = await rig.ask("GET", `${path}/proxy/`);
      return await answer.text() === "hello from WASI 0.3\n";
    },
  },
  {
    name: "arguments-for-a-service",
    args: ["x"],
    spec: { container: { image: guest("http_echo") } },
    refused:
      /^CreateContainerConfigError: .*takes no command and no args; use env$/,
  },
  {
    name: "library",
    args: [],
    spec: { container: { image: "file:///tmp/never/there.wasm" } },
    refused: /^ErrImagePull: There is no such file on this node/,
  },
];

testWith("what a Pod says holds for WASM guests", {
  needs: ["linux", "wasmtime"],
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await using rig = await Rig.open({
      agentArgs: ["--container-runtime-endpoint", "none"],
    });
    await rig.create(
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "words" },
        data: { one: "1" },
      },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "key" },
        stringData: { token: "hunter2" },
      },
    );
    const rows = ROWS.filter(({ root }) => !root || IS_ROOT);
    for (const { name, args = [], spec, annotations } of rows) {
      const pod = wasmPod(name, args, { restartPolicy: "Never", ...spec });
      await rig.create({
        ...pod,
        metadata: { ...pod.metadata, ...(annotations && { annotations }) },
      });
    }
    for (const row of rows) {
      await t.step(row.name, async () => await check(rig, row));
    }
  },
});

async function check(rig: Rig, row: Row): Promise<void> {
  const { name, refused, says, code, reason } = row;
  const main = async () =>
    (await rig.get("pods", name)).status.containerStatuses
      ?.find((one: Any) => one.name === "main")?.state ?? {};
  if (refused) {
    await rig.until(`${name} is refused`, async () => {
      const { waiting } = await main();
      return refused.test(`${waiting?.reason}: ${waiting?.message}`);
    });
    return;
  }
  if (row.until) {
    const { until } = row;
    await rig.until(name, async () => {
      const pod = await rig.get("pods", name);
      const started = pod.status.containerStatuses?.some((one: Any) =>
        one.containerID
      );
      return started && await until(rig, pod);
    });
  }
  if (says === undefined && code === undefined) return;
  await rig.until(
    `${name} has ended`,
    async () => "terminated" in await main(),
  );
  const { terminated } = await main();
  const text = await logs(rig, { metadata: { name } });
  assert.equal(terminated.exitCode, code ?? 0, text);
  if (reason) assert.equal(terminated.reason, reason);
  if (typeof says === "string") assert.equal(text, says);
  else if (says) assert.match(text, says);
}

async function logs(rig: Rig, { metadata }: Any): Promise<string> {
  const { stdout } = await rig.cluster.wherry(
    ...["logs", metadata.name, "-c", "main"],
  );
  return stdout;
}

/** What the kernel says of the process of a pod's container. */
async function processOf(
  rig: Rig,
  pod: Any,
): Promise<{ status: string; limits: string; groups: string }> {
  const [{ containerID }] = pod.status.containerStatuses;
  const id = containerID.split("//")[1];
  const state = await Deno.readTextFile(
    join(rig.agentFolder, "wasmtime/containers", id, "state"),
  );
  const proc = `/proc/${state.split(/ +/)[3]}`;
  return {
    status: await Deno.readTextFile(`${proc}/status`),
    limits: await Deno.readTextFile(`${proc}/limits`),
    groups: await Deno.readTextFile(`${proc}/cgroup`),
  };
}
