/**
 * An agent that has had many pods holds no more than before: files, processes, mounts, namespaces, addresses, control groups, folders.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../../src/testing/needs.ts";
import { service, shellPod } from "../e2e/objects.ts";
import { machineState } from "../e2e/machine_state.ts";
import { Rig } from "../e2e/rig.ts";
import { ownContainerd } from "../support/own_containerd.ts";

const PODS = 50;
/** Files that a runtime keeps open for a while: connections of its own, a cache. */
const SPARE_FILES = 4;

testWith(`an agent that has had ${PODS} pods holds no more than before`, {
  needs: ["root", "containerd", "wasmtime"],
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    // The first pod loads and makes what stays: the bridge, the groups of all pods, code.
    await live(rig, ["first"]);
    const { pid: containerd } = await ownContainerd(rig.agentFolder);
    const files = () => ({
      agent: openFiles(rig.agent.pid),
      containerd: openFiles(containerd),
    });
    const before = files();
    const machine = await machineState();
    const left = () => ({
      folders: ["pods", "logs", "network/ns", "checkpoint/pods"].flatMap((
        folder,
      ) => namesIn(join(rig.agentFolder, folder))),
      leases: namesIn(join(rig.agentFolder, "network/ipam/wherry"))
        .filter((name) => /^\d+\./.test(name) && !name.endsWith(".1")),
    });
    assert.deepEqual(left(), { folders: [], leases: [] });

    const names = Array.from({ length: PODS }, (_, i) => `pod-${i + 1}`);
    await t.step("they live, are spoken to and end", () => live(rig, names));

    await t.step("nothing of them is left", async () => {
      assert.deepEqual(left(), { folders: [], leases: [] });
      await rig.until("the machine is as it was", async () => {
        const now = await machineState();
        return Object.entries(machine).every(([kind, lines]) =>
          String(lines) === String(now[kind])
        );
      }).catch(async () => {
        // The difference is what somebody wants to read.
        assert.deepEqual(await machineState(), machine);
      });
    });

    await t.step("no files stay open", async () => {
      for (const who of ["agent", "containerd"] as const) {
        await rig.until(`${who} has closed its files`, () =>
          Promise.resolve(
            files()[who].length <= before[who].length + SPARE_FILES,
          )).catch(() => {
            assert.deepEqual(files()[who], before[who]);
          });
      }
    });
  },
});

/** Pods come, are spoken to, and go. */
async function live(rig: Rig, names: readonly string[]): Promise<void> {
  const { spec } = service("svc", { app: "many" });
  await rig.create({ ...service("svc"), spec });
  await rig.create(...names.map((name) => {
    const pod = shellPod(name, "echo up; trap exit TERM; sleep 3600 & wait", {
      container: {
        ports: [{ name: "http", containerPort: 8080 }],
        volumeMounts: [
          { name: "memory", mountPath: "/memory" },
          { name: "disk", mountPath: "/disk" },
        ],
      },
      volumes: [
        { name: "memory", emptyDir: { medium: "Memory" } },
        { name: "disk", emptyDir: {} },
      ],
    });
    pod.metadata.labels.app = "many";
    return pod;
  }));
  await rig.ready("app=many", names.length);
  for (const name of names.slice(0, 5)) {
    const { stdout, stderr } = await rig.cluster.wherry(
      ...["exec", name, "--", "echo", "hello"],
    );
    assert.equal(stdout, "hello\n", stderr);
    assert.equal((await rig.cluster.wherry("logs", name)).stdout, "up\n");
  }
  await rig.call(
    "DELETE",
    "/api/v1/namespaces/default/pods?labelSelector=app%3Dmany",
  );
  await rig.call("DELETE", "/api/v1/namespaces/default/services/svc");
  await rig.until(
    "they are gone",
    async () => (await rig.list("pods")).length === 0,
  );
  await rig.until("the agent has none", async () => {
    const { pods } = await rig.agentState() ?? {};
    return pods?.length === 0;
  });
}

/** What each open file of a process is, sorted. */
function openFiles(pid: number): string[] {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/${pid}/fd/${name}`)
        .replace(/\[\d+\]$/, "");
    } catch {
      return "closed"; // since it was listed
    }
  }).sort();
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch {
    return [];
  }
}
