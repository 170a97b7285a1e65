/**
 * Once a node's pods were stopped, the machine is as it was before.
 *
 * Each scenario runs on a machine of its own: namespaces for network, mounts and processes, with a fresh file system on /run. So the comparison
 * is exact, whatever else runs.
 */
import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { runCommand } from "../support/cluster.ts";

const INSIDE = new URL("./leftovers_inside.ts", import.meta.url).pathname;

for (
  const [scenario, name] of [
    ["stopped", "an agent that stops its pods leaves nothing on the machine"],
    [
      "killed",
      "nothing is left when agent and containerd were killed and started again",
    ],
    [
      "everything_killed",
      "nothing is left when pods and supervisors were killed too",
    ],
    ["demo", "the demo leaves nothing on the machine"],
  ] as const
) {
  testWith(name, {
    needs: ["root", "wasmtime", "containerd", "nft"],
    fn: async () => {
      const { code, stdout, stderr } = await runCommand("unshare", [
        ...["--net", "--mount", "--propagation", "private"],
        ...["--pid", "--fork", "--mount-proc"],
        ...[Deno.execPath(), "run", "-A", "--quiet", INSIDE, scenario],
      ]);
      assert.equal(code, 0, stderr);
      const { before, after, groups, leftGroups } = JSON.parse(stdout);
      assert.deepEqual(after, before);
      assert.ok(groups.length > 0);
      assert.deepEqual(leftGroups, []);
    },
  });
}
