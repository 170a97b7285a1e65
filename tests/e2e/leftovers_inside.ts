/**
 * Runs one scenario on a machine of its own and prints, as JSON, what was there before and what after. Started by `leftovers_test.ts`.
 *
 * @module
 */
import { join } from "node:path";
import { runCommand } from "../support/cluster.ts";
import { ownContainerd } from "../support/own_containerd.ts";
import {
  controlGroups,
  emptyGroups,
  FRESH,
  machineState,
} from "./machine_state.ts";
import { killAll, nodeProcesses } from "./processes.ts";
import {
  containerDeployment,
  service,
  shellPod,
  wasmDeployment,
} from "./objects.ts";
import { Rig } from "./rig.ts";

/** What each scenario does; it has ended its own programs when it returns. */
const SCENARIOS: Record<string, (note: () => Promise<void>) => Promise<void>> =
  {
    async stopped(note) {
      await withPods(async (rig) => {
        await note();
        await rig.agent.stop();
      });
    },
    async killed(note) {
      await withPods(async (rig) => {
        await note();
        await rig.agent.stop("SIGKILL");
        const { pid } = await ownContainerd(join(rig.cluster.dir, "agent"));
        await killAll([pid]);
        await rig.startAgent();
        await rig.ready("app=hello", 4, "hello");
        await rig.agent.stop();
      });
    },
    async everything_killed(note) {
      await withPods(async (rig) => {
        await note();
        await rig.agent.stop("SIGKILL");
        const pods = await rig.list("pods");
        await killAll(
          await nodeProcesses({
            dir: rig.cluster.dir,
            uids: pods.map(({ metadata }) => metadata.uid),
            except: [rig.server.pid],
          }),
        );
        await rig.startAgent();
        await rig.agent.stop();
      });
    },
    async demo(note) {
      const dataDir = await Deno.makeTempDir();
      const demo = new URL("../../tools/demo.ts", import.meta.url).pathname;
      const running = runCommand(Deno.execPath(), [
        ...["run", "-A", demo, "--once", "--data-dir", dataDir],
      ]);
      // The demo is seen with its pods at some moment.
      let over = false;
      const watching = (async () => {
        while (!over) {
          await note();
          await new Promise((resolve) => setTimeout(resolve, 500));
        }
      })();
      const { code, stdout, stderr } = await running;
      over = true;
      await watching;
      if (code !== 0) throw new Error(`${stdout}\n${stderr}`);
    },
  };

async function withPods(work: (rig: Rig) => Promise<void>): Promise<void> {
  const rig = await Rig.open({
    images: ["http-echo", "busybox"],
    agentArgs: ["--stop-pods-on-exit"],
  });
  try {
    const script = "sleep 36000 & wait";
    await rig.create(
      service("hello"),
      wasmDeployment("wasm", 2),
      containerDeployment("box", 2),
      shellPod("volumes", script, {
        container: {
          volumeMounts: [{ name: "memory", mountPath: "/memory" }, {
            name: "disk",
            mountPath: "/disk",
          }],
        },
        volumes: [
          { name: "memory", emptyDir: { medium: "Memory" } },
          { name: "disk", emptyDir: {} },
        ],
      }),
    );
    await rig.ready("app=hello", 4, "hello");
    await rig.ready("name=volumes", 1);
    await work(rig);
  } finally {
    await rig[Symbol.asyncDispose]();
  }
}

if (import.meta.main) {
  const [name = ""] = Deno.args;
  for (const folder of FRESH) {
    await Deno.mkdir(folder, { recursive: true });
    await runCommand("mount", ["-t", "tmpfs", "tmpfs", folder]);
  }
  // Folders of tests are seen too: none may be left.
  const temporary = "/run/temporary";
  await Deno.mkdir(temporary);
  Deno.env.set("TMPDIR", temporary);
  await runCommand("ip", ["link", "set", "lo", "up"]);
  const here = new Set(await controlGroups());
  const groups = new Set<string>();
  const before = await machineState();
  await SCENARIOS[name]!(async () => {
    for (const group of await controlGroups()) {
      if (!here.has(group)) groups.add(group);
    }
  });
  const after = await machineState();
  console.log(JSON.stringify({
    before,
    after,
    groups: [...groups],
    leftGroups: emptyGroups([...groups]),
  }));
}
