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
import { powerCutAndPartition } from "./scenarios/power_cut_and_partition.ts";
import { World } from "./world.ts";

/** Runs a fleet through something; answers what was wrong in the end. */
export type Scenario = (fleet: Fleet) => Promise<string[]>;

/** Scenarios by name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "power-cut-and-partition": powerCutAndPartition,
};

/** How many boxes a run has. */
const NODES = 5;

/** Runs a scenario; its event log, line by line, to `print`. @returns what was wrong in the end */
export async function runScenario(
  scenario: Scenario,
  options: { seed: number; print: (line: string) => void },
): Promise<string[]> {
  const world = new World({ ...options, openKv: openSimKv });
  return await scenario(new Fleet(world, { nodes: NODES }));
}

/** The command; the exit status is 1 when something was wrong in the end. */
export async function simulate(
  terminal: Terminal,
  flags: { readonly seed: number; readonly scenario: string },
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
    violations = await runScenario(scenario, {
      seed: flags.seed,
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
