/** `kubectl top` over the metrics API, and `wherry top`, which prints the same. The nodes are links whose other end says what they use. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { serveOverMux } from "../../src/base/mux_http.ts";
import {
  NODE,
  startStreamRig,
} from "../../src/apiserver/testing/stream_rig.ts";
import { testWith } from "../../src/testing/needs.ts";

const MIB = 1024 ** 2;
const ROOT = join(import.meta.dirname!, "../..");

const USAGE = {
  at: 1,
  windowMs: 10_000,
  node: [1_500_400_000, 700 * MIB],
  pods: [
    ["default", "big", [
      ["main", 250_000_001, 20 * MIB + 1],
      ["side", 1_000_000, 2 * MIB],
    ]],
    ["default", "many", [["main", 700_000_000, 3 * MIB]]],
    ["other", "far", [["main", 0, 4096]]],
  ],
};

testWith("kubectl top and wherry top show what nodes and pods use", {
  needs: ["kubectl"],
  fn: async (t) => {
    await using rig = await startStreamRig((stream) =>
      void serveOverMux(stream, () => Response.json(USAGE))
    );
    const post = async (path: string, body: unknown) => {
      const answer = await rig.ask("POST", path, body);
      assert.equal(answer.status, 201, await answer.text());
    };
    for (const name of [NODE, "silent"]) {
      await post("/api/v1/nodes", {
        metadata: { name },
        status: {
          capacity: { cpu: "4", memory: "2Gi", pods: "110" },
          allocatable: { cpu: "3", memory: "1400Mi", pods: "110" },
        },
      });
    }
    await post("/api/v1/namespaces", { metadata: { name: "other" } });
    await rig.makePod("big");
    await rig.makePod("many");
    await rig.makePod("unmeasured");
    const folder = await Deno.makeTempDir();
    const config = join(folder, "kubeconfig");
    await Deno.writeTextFile(config, rig.kubeconfig);
    const env = { KUBECONFIG: config, HOME: folder };
    const decoder = new TextDecoder();
    const run = async (command: string, args: string[], own = env) => {
      const { code, stdout, stderr } = await new Deno.Command(command, {
        args,
        env: own,
      }).output();
      const lines = decoder.decode(stdout).split("\n")
        .map((line) => line.trimEnd());
      return { code, lines, stderr: decoder.decode(stderr) };
    };
    const { DENO_DIR, HOME } = Deno.env.toObject();
    const wherry = (args: string[]) =>
      run(
        Deno.execPath(),
        ["run", "-A", "--quiet", join(ROOT, "src/main.ts"), ...args],
        {
          ...env,
          DENO_DIR: DENO_DIR ?? join(HOME ?? "/", ".cache/deno"),
        } as typeof env,
      );

    try {
      await t.step("both print the same", async () => {
        for (
          const args of [
            ["nodes"],
            ["node", NODE, "--show-capacity"],
            ["pods"],
            ["pods", "--sort-by=cpu"],
            ["pods", "--sort-by=memory", "--no-headers"],
            ["pods", "--containers", "-A"],
            ["pods", "--sum"],
            ["pod", "big", "--containers"],
            ["pods", "-l", "app=none"],
          ]
        ) {
          const theirs = await run("kubectl", ["top", ...args]);
          const ours = await wherry(["top", ...args]);
          assert.deepEqual(ours, theirs, args.join(" "));
          assert.equal(theirs.code, 0, theirs.stderr);
        }
      });
      await t.step("what they print", async () => {
        const { lines: nodes } = await run("kubectl", ["top", "nodes"]);
        assert.deepEqual(nodes.slice(0, 3).map((line) => line.split(/ +/)), [
          ["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"],
          [NODE, "1501m", "50%", "700Mi", "50%"],
          ["silent", ...Array(4).fill("<unknown>")],
        ]);
        const { lines: pods } = await run("kubectl", ["top", "pods"]);
        assert.deepEqual(pods.slice(0, 3).map((line) => line.split(/ +/)), [
          ["NAME", "CPU(cores)", "MEMORY(bytes)"],
          ["big", "252m", "22Mi"],
          ["many", "700m", "3Mi"],
        ]);
      });
      await t.step("a pod that was not measured yet is not found", async () => {
        const { code, stderr } = await run("kubectl", [
          "top",
          "pod",
          "unmeasured",
        ]);
        assert.equal(code, 1);
        assert.match(
          stderr,
          /pods\.metrics\.k8s\.io "default\/unmeasured" not found/,
        );
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
