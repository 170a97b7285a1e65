import assert from "node:assert/strict";
import type { Pod } from "../../../src/api/core/pod.ts";
import { decodeText } from "../../../src/base/bytes.ts";
import { VirtualHost } from "../../../src/testing/virtual_host.ts";
import { CGROUP_MOUNT } from "./cgroup_layout.ts";
import { PodCgroups } from "./pod_cgroups.ts";

interface Rig {
  readonly cgroups: PodCgroups;
  /** Exit statuses of the scripts that have run. */
  readonly codes: readonly number[];
}

/** Runs the script that removes groups, on folders of ours; it is a session of its own, so that it can end nobody but itself. */
async function rig(mount: string): Promise<Rig> {
  const host = new VirtualHost();
  host.files.set(
    `${CGROUP_MOUNT}/cgroup.controllers`,
    "cpu memory pids",
  );
  const codes: number[] = [];
  Object.assign(host.processes, {
    uid: 0,
    run: async (
      program: string,
      { args, env }: { args: string[]; env: Record<string, string> },
    ) => {
      const { code, stderr } = await new Deno.Command("setsid", {
        args: ["--wait", program, ...args],
        env: { ...env, W_MOUNT: mount },
      }).output();
      codes.push(code);
      return { code, stdout: "", stderr: decodeText(stderr) };
    },
  });
  const cgroups = await PodCgroups.open(host);
  return { cgroups: cgroups!, codes };
}

Deno.test("remove() does not take a process that it cannot see for all that it can", async () => {
  const mount = await Deno.makeTempDir();
  const group = `${mount}/kubepods/podu1`;
  await Deno.mkdir(group, { recursive: true });
  await Deno.writeTextFile(`${group}/cgroup.procs`, "0\n");
  try {
    const { cgroups, codes } = await rig(mount);
    // A folder of ours with a file in it stays, unlike a group.
    await assert.rejects(cgroups.remove("u1"), {
      message: `Can not remove the pod's control groups: ${group}`,
    });
    assert.deepEqual(codes, [0]);
  } finally {
    await Deno.remove(mount, { recursive: true });
  }
});

Deno.test("remove() removes the pod's groups and no other's", async () => {
  const mount = await Deno.makeTempDir();
  await Deno.mkdir(`${mount}/kubepods/burstable/podu1/c`, { recursive: true });
  await Deno.mkdir(`${mount}/kubepods/burstable/podu10`, { recursive: true });
  try {
    const { cgroups, codes } = await rig(mount);
    await cgroups.remove("u1");
    assert.deepEqual(codes, [0]);
    const left = [...Deno.readDirSync(`${mount}/kubepods/burstable`)];
    assert.deepEqual(left.map(({ name }) => name), ["podu10"]);
  } finally {
    await Deno.remove(mount, { recursive: true });
  }
});

Deno.test("remove() removes those of many pods at once, and one that stays is its own pod's failure", async () => {
  const mount = await Deno.makeTempDir();
  const group = (uid: string) => `${mount}/kubepods/burstable/pod${uid}`;
  const uids = ["u1", "u2", "u3", "u4"];
  for (const uid of uids) {
    await Deno.mkdir(`${group(uid)}/c`, { recursive: true });
  }
  await Deno.writeTextFile(`${group("u3")}/stays`, "");
  try {
    const { cgroups, codes } = await rig(mount);
    const ends = await Promise.allSettled(
      uids.map((uid) => cgroups.remove(uid)),
    );
    assert.deepEqual(
      ends.map(({ status }) => status),
      ["fulfilled", "fulfilled", "rejected", "fulfilled"],
    );
    assert.deepEqual(codes, [0]);
    assert.deepEqual(
      [...Deno.readDirSync(`${mount}/kubepods/burstable`)]
        .map(({ name }) => name),
      ["podu3"],
    );
  } finally {
    await Deno.remove(mount, { recursive: true });
  }
});

Deno.test("remove() comes after an ensure() that was asked for before it", async () => {
  const mount = await Deno.makeTempDir();
  try {
    const { cgroups, codes } = await rig(mount);
    const all = { pods: [], milliCpu: 1_000, memoryBytes: 1 };
    const pod: Pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "default", uid: "u2" },
      spec: { containers: [] },
    };
    let isMade = false;
    const first = cgroups.remove("u1");
    const making = cgroups.ensure(pod, all).then(() => isMade = true);
    await cgroups.remove("u2");
    assert.ok(isMade);
    await Promise.all([first, making]);
    assert.deepEqual(codes, [0, 0]);
  } finally {
    await Deno.remove(mount, { recursive: true });
  }
});
