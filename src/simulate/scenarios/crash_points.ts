/**
 * Ends the server at every moment at which it may end: a short run has so many moments before and after the effect of its calls of disk and database; one more
 * run for each of them, in which the program is killed there, or the power cut there, and started again. Each time nothing that was acknowledged may be lost,
 * a watch goes on without a gap, and the cluster comes to what was asked for.
 *
 * @module
 */
import { deployments } from "../../api/apps/deployment.ts";
import { services } from "../../api/core/service.ts";
import { isApiError } from "../../api/status.ts";
import type { Client } from "../../client/client.ts";
import type { Fleet } from "../fleet.ts";
import { findViolations } from "../invariants.ts";
import { Ledger } from "../ledger.ts";
import { Observer } from "../observer.ts";
import { SeededRandom } from "../seeded_random.ts";
import { webDeployment, webService } from "./web.ts";

/** How many moments are tried when not all are. */
const SAMPLES = 24;
/** How long the server is busy. */
const BUSY_MS = 6_000;
/** How long it is off. */
const OFF_MS = 1_000;
/** How long all may take to settle. */
const REST_MS = 60_000;

/** Where and how a run ends the server; absent it lives. */
type End = { readonly point: number; readonly how: "crash" | "cutPower" };

/** Options of {@linkcode crashPoints}. */
export interface CrashPointsOptions {
  readonly seed: number;
  readonly print: (line: string) => void;
  /** Makes a fleet of one node in a world of its own, whose event log goes nowhere. */
  readonly makeFleet: () => Fleet;
  /** Every moment instead of some that are spread over the run. @default false */
  readonly full?: boolean;
}

/** Runs it. @returns what was wrong, with the moment */
export async function crashPoints(
  options: CrashPointsOptions,
): Promise<string[]> {
  const { print, full = false } = options;
  const calm = await episode(options, undefined);
  const violations = calm.violations.map((text) => `Without a crash: ${text}`);
  const { points } = calm;
  print(`${points} moments, ${calm.acked} writes acknowledged`);
  // An odd step, so that moments before and after an effect take turns.
  const step = full ? 1 : Math.max(1, Math.floor(points / SAMPLES)) | 1;
  for (let point = 1; point <= points; point += step) {
    const ways = ["crash", "cutPower"] as const;
    // Both ways at each moment, or by turns.
    const turn = Math.floor(point / step) % 2;
    for (const how of full ? ways : ways.slice(turn, turn + 1)) {
      const result = await episode(options, { point, how });
      print(`${how} at ${point}: ${result.acked} writes acknowledged`);
      for (const text of result.violations) {
        violations.push(`After ${how} at moment ${point}: ${text}`);
      }
    }
  }
  return violations;
}

async function episode(
  { seed, makeFleet }: CrashPointsOptions,
  end: End | undefined,
): Promise<{ points: number; acked: number; violations: string[] }> {
  const fleet = makeFleet();
  const { world, server } = fleet;
  const random = new SeededRandom(seed, "crash-points");
  const ledger = new Ledger(random);
  const observer = new Observer();
  let busy = true;
  server.endAt = end;
  fleet.onServerUp = (client, host) => {
    host.spawn("observer", () => observer.follow(client, host));
    host.spawn("apply", () => apply(client));
    host.spawn("ledger", async () => {
      while (busy) {
        await ledger.write(client);
        await host.clock.sleep(random.between(0, 200));
      }
    });
  };
  const at = (fn: () => void) =>
    world.kernel.schedule(null, { afterMs: 0, fn });
  at(() => server.boot());
  for (const { machine } of fleet.nodes) at(() => machine.boot());
  await world.run(BUSY_MS);
  busy = false;
  const points = server.crashPoints;
  await world.run(OFF_MS);
  at(() => server.boot());
  await world.run(REST_MS);
  const violations: string[] = [];
  if (fleet.client === undefined) {
    violations.push("The server does not start again");
  } else {
    fleet.onServer("judge", async (client) => {
      violations.push(
        ...await findViolations(fleet, client),
        ...await ledger.check(client),
        ...await observer.check(client),
      );
    });
    await world.run(1_000);
  }
  if (end && server.boots !== 2) violations.push("The server did not end");
  return { points, acked: ledger.acked, violations };
}

async function apply(client: Client): Promise<void> {
  for (
    const create of [
      () => client.create(services, webService()),
      () => client.create(deployments, webDeployment(2)),
    ]
  ) {
    try {
      await create();
    } catch (error) {
      if (!isApiError(error, "AlreadyExists")) throw error;
    }
  }
}
