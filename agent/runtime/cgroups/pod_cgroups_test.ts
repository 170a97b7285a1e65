import assert from "node:assert/strict";
import { VirtualHost } from "../../../src/testing/virtual_host.ts";
import { CGROUP_MOUNT } from "./cgroup_layout.ts";
import { PodCgroups } from "./pod_cgroups.ts";

/** Runs the script that removes groups, on folders of ours. Answers its exit status; it is a session of its own, so that it can end nobody but itself. */
async function removed(mount: string, uid: string): Promise<number> {
  const host = new VirtualHost();
  host.files.set(
    `${CGROUP_MOUNT}/cgroup.controllers`,
    "cpu memory pids",
  );
  let code = 0;
  Object.assign(host.processes, {
    uid: 0,
    run: async (
      program: string,
      { args, env }: { args: string[]; env: Record<string, string> },
    ) => {
      const output = await new Deno.Command("setsid", {
        args: ["--wait", program, ...args],
        env: { ...env, W_MOUNT: mount },
      }).output();
      code = output.code;
      return { code, stdout: "", stderr: "" };
    },
  });
  const cgroups = await PodCgroups.open(host);
  await cgroups!.remove(uid);
  return code;
}

Deno.test("remove() does not take a process that it cannot see for all that it can", async () => {
  const mount = await Deno.makeTempDir();
  const group = `${mount}/kubepods/podu1`;
  await Deno.mkdir(group, { recursive: true });
  await Deno.writeTextFile(`${group}/cgroup.procs`, "0\n");
  try {
    assert.equal(await removed(mount, "u1"), 0);
  } finally {
    await Deno.remove(mount, { recursive: true });
  }
});

Deno.test("remove() removes the pod's groups and no other's", async () => {
  const mount = await Deno.makeTempDir();
  await Deno.mkdir(`${mount}/kubepods/burstable/podu1/c`, { recursive: true });
  await Deno.mkdir(`${mount}/kubepods/burstable/podu10`, { recursive: true });
  try {
    assert.equal(await removed(mount, "u1"), 0);
    const left = [...Deno.readDirSync(`${mount}/kubepods/burstable`)];
    assert.deepEqual(left.map(({ name }) => name), ["podu10"]);
  } finally {
    await Deno.remove(mount, { recursive: true });
  }
});
