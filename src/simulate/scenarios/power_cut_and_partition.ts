/**
 * Five boxes run ten pods. One loses power for a minute while another is cut off the network for three; then the server itself is killed and comes back.
 * In the end all pods run, each once, and on the boxes that kept their power none was started anew.
 *
 * @module
 */
import { deployments } from "../../api/apps/deployment.ts";
import { pods } from "../../api/core/pod.ts";
import type { Fleet } from "../fleet.ts";
import { findViolations } from "../invariants.ts";
import { webDeployment } from "./web.ts";

const REPLICAS = 10;

/** Runs it. @returns what was wrong in the end */
export async function powerCutAndPartition(fleet: Fleet): Promise<string[]> {
  const { world } = fleet;
  const [, second, third] = fleet.nodes;
  const at = (fn: () => void) =>
    world.kernel.schedule(null, { afterMs: 0, fn });

  at(() => fleet.server.boot());
  for (const { machine } of fleet.nodes) at(() => machine.boot());
  await world.run(10_000);

  fleet.onServer("apply", async (client) => {
    await client.create(deployments, webDeployment(REPLICAS));
  });
  await world.run(30_000);
  report(fleet, "deployed");
  await world.run(1_000);
  const startsBefore = starts(fleet);

  at(() => {
    world.record("world", "node-2 loses power, node-3 its network", {});
    fleet.cutPower(second!);
    world.network.cut(third!.machine.name);
  });
  await world.run(60_000);
  report(fleet, "a minute into the outage");
  await world.run(1_000);
  at(() => second!.machine.boot());
  await world.run(120_000);
  at(() => {
    world.record("world", "node-3 has its network again", {});
    world.network.heal(third!.machine.name);
  });
  await world.run(30_000);

  at(() => fleet.server.crash());
  await world.run(20_000);
  at(() => fleet.server.boot());
  await world.run(60_000);
  report(fleet, "at rest");

  const violations: string[] = [];
  fleet.onServer("check", async (client) => {
    violations.push(...await findViolations(fleet, client));
  });
  await world.run(5_000);
  for (const [index, node] of fleet.nodes.entries()) {
    if (node === second) continue;
    const count = node.runtime.starts.length;
    if (count !== startsBefore[index]) {
      violations.push(
        `${node.machine.name} kept its power and yet started ${
          count - startsBefore[index]!
        } containers anew`,
      );
    }
  }
  return violations;
}

function starts(fleet: Fleet): number[] {
  return fleet.nodes.map(({ runtime }) => runtime.starts.length);
}

/** Writes the pods' state to the event log. */
function report(fleet: Fleet, moment: string): void {
  fleet.onServer("report", async (client) => {
    const { items } = await client.list(pods);
    for (const { metadata, spec, status } of items) {
      fleet.world.record("world", moment, {
        pod: metadata.name,
        node: spec.nodeName,
        phase: status?.phase,
        ready: status?.conditions?.find(({ type }) => type === "Ready")?.status,
      });
    }
  });
}
