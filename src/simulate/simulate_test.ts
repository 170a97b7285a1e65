import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { deployments } from "../api/apps/deployment.ts";
import { Fleet, openSimKv } from "./fleet.ts";
import { findViolations } from "./invariants.ts";
import { SCENARIOS } from "./simulate.ts";
import { World } from "./world.ts";

async function runSeed(seed: number, scenario = "power-cut-and-partition") {
  const lines: string[] = [];
  const violations = await SCENARIOS[scenario]!({
    seed,
    faultMinutes: 20,
    print: (line) => lines.push(line),
  });
  return { violations, lines, log: lines.join("\n") };
}

for (const seed of [1, 2, 3, 7]) {
  Deno.test(`powerCutAndPartition() leaves all as it must be with seed ${seed}`, async () => {
    const { violations, lines } = await runSeed(seed);
    deepStrictEqual(violations, []);
    // The faults must have happened, or the run shows nothing.
    for (const what of ["power cut", "program killed", "Lost the server"]) {
      ok(lines.some((line) => line.includes(what)), what);
    }
    strictEqual(
      lines.filter((line) => /at rest .*ready=True/.test(line)).length,
      10,
    );
  });
}

for (const seed of [1, 2, 3]) {
  Deno.test(`claims() leaves every claim one volume and no folder too many with seed ${seed}`, async () => {
    const { violations } = await runSeed(seed, "claims");
    deepStrictEqual(violations, []);
  });
}

for (const seed of [1, 2, 3, 4, 5]) {
  Deno.test(`randomFaults() leaves all as it must be with seed ${seed}`, async () => {
    const { violations, lines } = await runSeed(seed, "random-faults");
    deepStrictEqual(violations, []);
    const faults = lines.filter((line) =>
      /power cut|program killed|network cut|clock jumps/.test(line)
    );
    ok(faults.length >= 5, `only ${faults.length} faults`);
    const [, acked] = /judged acked=(\d+)/.exec(lines.at(-1)!)!;
    ok(Number(acked) > 20, `only ${acked} writes acknowledged`);
  });
}

Deno.test("crashPoints() loses nothing that was acknowledged", async () => {
  const { violations, lines } = await runSeed(1, "crash-points");
  deepStrictEqual(violations, []);
  ok(lines.length > 20, `only ${lines.length} moments`);
});

Deno.test("SCENARIOS print the same log for the same seed, and another for another", async () => {
  const first = await runSeed(7);
  strictEqual((await runSeed(7)).log, first.log);
  strictEqual((await runSeed(8)).log === first.log, false);
});

Deno.test("wherry simulate prints the same bytes in every process", async () => {
  const main = new URL("../main.ts", import.meta.url).pathname;
  const run = async () => {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", main, "simulate", "--seed", "7"],
      env: { TZ: "Asia/Tokyo" },
      stderr: "null",
    }).output();
    strictEqual(code, 0);
    return new TextDecoder().decode(stdout);
  };
  const first = await run();
  strictEqual(await run(), first);
  const { lines } = await runSeed(7);
  strictEqual(first, lines.join("\n") + "\nAll is as it must be\n");
});

Deno.test("findViolations() finds a pod that a box lost and one that nobody wants", async () => {
  const world = new World({ seed: 1, print: () => {}, openKv: openSimKv });
  const fleet = new Fleet(world, { nodes: 1 });
  const at = (fn: () => void) =>
    world.kernel.schedule(null, { afterMs: 0, fn });
  at(() => fleet.server.boot());
  at(() => fleet.nodes[0]!.machine.boot());
  await world.run(10_000);
  fleet.onServer("apply", async (client) => {
    await client.create(deployments, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "default" },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ name: "web", image: "example.test/web:1" }] },
        },
      },
    });
  });
  await world.run(20_000);
  const check = async () => {
    let found: string[] | undefined;
    fleet.onServer("check", async (client) => {
      found = await findViolations(fleet, client);
    });
    await world.run(1_000);
    return found!;
  };
  deepStrictEqual(await check(), []);
  // Behind the agent's back: another pod's sandbox instead of the one that is wanted.
  const { sandboxes } = fleet.nodes[0]!.runtime;
  const [id, sandbox] = [...sandboxes][0]!;
  sandboxes.set(id, {
    ...sandbox,
    config: { ...sandbox.config, uid: "somebody-else" },
  });
  const found = await check();
  match(found.join("\n"), /has 0 sandboxes/);
  match(found.join("\n"), /which nobody wants/);
});

Deno.test("SCENARIOS names every scenario that there is", () => {
  deepStrictEqual(Object.keys(SCENARIOS), [
    "power-cut-and-partition",
    "crash-points",
    "claims",
    "random-faults",
  ]);
});
