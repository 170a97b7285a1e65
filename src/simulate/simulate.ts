/**
 * `wherry simulate`: one scenario of one seed, its event log on standard output.
 *
 * @module
 */
import {
  CliFailure,
  EXIT_FAILED,
  EXIT_OK,
  EXIT_USAGE,
} from "../cli/failure.ts";
import type { Terminal } from "../cli/terminal.ts";
import { Fleet, openSimKv } from "./fleet.ts";
import { claims } from "./scenarios/claims.ts";
import { crashPoints } from "./scenarios/crash_points.ts";
import { powerCutAndPartition } from "./scenarios/power_cut_and_partition.ts";
import { randomFaults } from "./scenarios/random_faults.ts";
import { World } from "./world.ts";

/** One run: what it depends on, and where its event log goes. */
export interface Run {
  readonly seed: number;
  readonly print: (line: string) => void;
  /** `random-faults`: how long there are faults. @default 120 */
  readonly faultMinutes?: number;
  /** `crash-points`: everything instead of a part that is quick. @default false */
  readonly full?: boolean;
}

/** Runs fleets through something; answers what was wrong in the end. */
export type Scenario = (run: Run) => Promise<string[]>;

/** Scenarios by name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "power-cut-and-partition": (run) => powerCutAndPartition(fleetOf(run)),
  "crash-points": (run) =>
    crashPoints({
      ...run,
      makeFleet: () => fleetOf({ ...run, print: () => {} }, { nodes: 1 }),
    }),
  "claims": (run) => claims(fleetOf(run, { nodes: 3 }), run),
  "random-faults": (run) => randomFaults(fleetOf(run), run),
};

/** How many boxes a run has. */
const NODES = 5;

function fleetOf({ seed, print }: Run, { nodes } = { nodes: NODES }): Fleet {
  return new Fleet(new World({ seed, print, openKv: openSimKv }), { nodes });
}

/** The command; the exit status is 1 when something was wrong in the end. */
export async function simulate(
  terminal: Terminal,
  flags: {
    readonly seed: number;
    readonly scenario: string;
    readonly full?: boolean;
  },
): Promise<number> {
  const scenario = SCENARIOS[flags.scenario];
  if (!scenario) {
    throw new CliFailure(
      `no scenario "${flags.scenario}"; there are: ${
        Object.keys(SCENARIOS).join(", ")
      }`,
      { exitCode: EXIT_USAGE },
    );
  }
  const lines: string[] = [];
  let violations: string[];
  try {
    violations = await scenario({
      seed: flags.seed,
      full: flags.full ?? false,
      print: (line) => lines.push(line),
    });
  } finally {
    await terminal.out(lines.map((line) => line + "\n").join(""));
  }
  for (const violation of violations) {
    await terminal.out(`WRONG ${violation}\n`);
  }
  if (violations.length === 0) await terminal.out("All is as it must be\n");
  return violations.length === 0 ? EXIT_OK : EXIT_FAILED;
}
