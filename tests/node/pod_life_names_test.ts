/** What pods and their containers are called, which namespaces they have, where they look up names, and that they cannot fill the node's disk with that. */
import assert from "node:assert/strict";
import type { Any } from "../e2e/objects.ts";
import { HAS_CONTAINERS, Rig } from "../e2e/rig.ts";
import { eventsOf, gone, said, shellPod } from "./config_pods.ts";

/** Prints each file with a line before it. */
const show = (...files: string[]) =>
  files.map((file) => `echo == ${file}; cat ${file}`).join("; ");

/** What `show` printed of a file. */
function shown(lines: readonly string[], file: string): string[] {
  const from = lines.indexOf(`== ${file}`) + 1;
  const rest = lines.slice(from);
  const to = rest.findIndex((line) => line.startsWith("== "));
  return to < 0 ? rest : rest.slice(0, to);
}

const NAMES = show("/etc/hosts", "/etc/hostname", "/etc/resolv.conf");

Deno.test({
  name: "pods have kubelet's names, hosts files and DNS",
  ignore: !HAS_CONTAINERS,
  fn: async () => {
    await using rig = await Rig.open({
      images: ["busybox"],
      agentArgs: ["--cluster-dns", "10.43.0.10"],
    });
    const hostAliases = [{ ip: "192.0.2.5", hostnames: ["db", "db.local"] }];
    const [plain, named, full, node, none] = await said(
      rig,
      shellPod("plain", { script: NAMES }),
      shellPod("named", {
        script: `hostname; ${NAMES}`,
        spec: { hostname: "front", subdomain: "shop", hostAliases },
      }),
      shellPod("full", {
        script: "hostname",
        spec: { hostname: "front", subdomain: "s", setHostnameAsFQDN: true },
      }),
      shellPod("node", {
        script: `hostname; ${NAMES}`,
        spec: { hostNetwork: true, hostAliases },
      }),
      shellPod("none", {
        script: NAMES,
        spec: {
          dnsPolicy: "None",
          dnsConfig: {
            nameservers: ["192.0.2.1", "192.0.2.2"],
            searches: ["a.example"],
            options: [{ name: "ndots", value: "2" }],
          },
        },
      }),
      shellPod("many", {
        spec: {
          dnsPolicy: "ClusterFirst",
          dnsConfig: { nameservers: ["192.0.2.1", "192.0.2.2", "192.0.2.3"] },
        },
      }),
    );
    const { podIP } = (await rig.get("pods", "named")).status;
    assert.deepEqual(shown(plain!, "/etc/hostname"), ["plain"]);
    const cluster = shown(plain!, "/etc/resolv.conf");
    assert.match(
      cluster[0]!,
      /^search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local/,
    );
    assert.deepEqual(cluster.slice(1), [
      "nameserver 10.43.0.10",
      "options ndots:5",
    ]);
    assert.equal(named![0], "front");
    assert.deepEqual(shown(named!, "/etc/hosts").slice(-4), [
      `${podIP}\tfront.shop.default.svc.cluster.local\tfront`,
      "",
      "# Entries added by HostAliases.",
      "192.0.2.5\tdb\tdb.local",
    ]);
    assert.deepEqual(full, ["front.s.default.svc.cluster.local"]);
    assert.equal(node![0], Deno.hostname());
    const nodes = shown(node!, "/etc/hosts");
    assert.equal(nodes[0], "# Kubernetes-managed hosts file (host network).");
    assert.equal(nodes.at(-1), "192.0.2.5\tdb\tdb.local");
    // The node's own, and not the cluster's.
    assert.ok(
      !shown(node!, "/etc/resolv.conf").includes("nameserver 10.43.0.10"),
    );
    assert.deepEqual(shown(none!, "/etc/resolv.conf"), [
      "search a.example",
      "nameserver 192.0.2.1",
      "nameserver 192.0.2.2",
      "options ndots:2",
    ]);
    assert.ok(
      (await eventsOf(rig, "many")).includes(
        "DNSConfigForming: Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 10.43.0.10 192.0.2.1 192.0.2.2",
      ),
    );
  },
});

/** How many processes of a name a container sees. */
const COUNT_SLEEPERS = "ps -o args | grep -c '^sleep 99999'";

Deno.test({
  name:
    "pods share the namespaces that they say: processes, IPC, the node's own",
  ignore: !HAS_CONTAINERS,
  fn: async () => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const other = (): Any => ({
      ...shellPod("x", {}).spec.containers[0],
      name: "other",
      command: ["sleep", "99999"],
    });
    const withOther = (name: string, spec: Any = {}): Any => {
      const pod = shellPod(name, {
        script:
          `sleep 1; ${COUNT_SLEEPERS}; readlink /proc/self/ns/ipc; readlink /proc/self/ns/pid`,
        spec,
      });
      pod.spec.containers.unshift(other());
      return pod;
    };
    const [alone, shared, nodes] = await said(
      rig,
      withOther("alone"),
      withOther("shared", { shareProcessNamespace: true }),
      withOther("nodes", { hostPID: true, hostIPC: true }),
    );
    assert.equal(alone![0], "0");
    assert.equal(shared![0], "1");
    assert.notEqual(nodes![0], "0");
    assert.equal(nodes![1], await Deno.readLink("/proc/self/ns/ipc"));
    assert.equal(nodes![2], await Deno.readLink("/proc/self/ns/pid"));
    assert.notEqual(alone![1], nodes![1]);
    assert.notEqual(shared![2], nodes![2]);
  },
});

/** Writes as much as it can to a file. */
const FILL = (file: string) =>
  `dd if=/dev/zero of=${file} bs=65536 count=512 2>/dev/null; wc -c < ${file}`;

Deno.test({
  name:
    "a container that fills /etc/hosts, resolv.conf, hostname and its termination log fills neither the node's disk nor another container's",
  ignore: !HAS_CONTAINERS,
  fn: async () => {
    await using rig = await Rig.open({ images: ["busybox"] });
    const files = [
      "/etc/hosts",
      "/etc/resolv.conf",
      "/etc/hostname",
      "/dev/termination-log",
    ];
    const pod = shellPod("filler", {
      script: files.map(FILL).join("; "),
    });
    pod.spec.containers.push({
      ...pod.spec.containers[0],
      name: "victim",
      command: [
        "sh",
        "-c",
        "grep -q localhost /etc/hosts; echo $?; sleep 1; exit 1",
      ],
    });
    const [sizes] = await said(rig, pod);
    const total = sizes!.reduce((sum, size) => sum + Number(size), 0);
    assert.ok(total > 0 && total < 2 * 1024 * 1024, `${sizes}`);
    // It starts again and again beside the other, and so does the filler itself.
    await rig.until("the other container was restarted", async () => {
      const { status } = await rig.get("pods", "filler");
      const victim = status.containerStatuses.find(({ name }: Any) =>
        name === "victim"
      );
      return victim.restartCount >= 1;
    });
    await rig.create(
      shellPod("again", {
        script: `${FILL("/dev/termination-log")}; exit 1`,
      }),
    );
    await rig.until("the filler was restarted", async () => {
      const { status } = await rig.get("pods", "again");
      return (status.containerStatuses?.[0].restartCount ?? 0) >= 2;
    });
    await gone(rig, "filler", "again");
    const mounts = await Deno.readTextFile("/proc/self/mountinfo");
    assert.doesNotMatch(mounts, /\/pods\/[^ ]*\/containers\//);
  },
});
