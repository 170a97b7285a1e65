/**
 * Hours of a busy fleet under faults that the seed draws: how often each sort comes, when, to whom and for how long. Programs are killed, power is cut,
 * networks are cut, clocks jump by up to a year; meanwhile deployments are scaled and rolled, pods deleted, and a {@linkcode Ledger} written. Then all is healed,
 * and once the cluster has come to rest everything must be as it was asked for, and nothing may move any more.
 *
 * @module
 */
import { deployments } from "../../api/apps/deployment.ts";
import { pods } from "../../api/core/pod.ts";
import { services } from "../../api/core/service.ts";
import { isApiError } from "../../api/status.ts";
import type { Client } from "../../client/client.ts";
import type { Fleet, SimNode } from "../fleet.ts";
import { findViolations } from "../invariants.ts";
import { Ledger } from "../ledger.ts";
import { Observer } from "../observer.ts";
import { SeededRandom } from "../seeded_random.ts";
import { webDeployment, webService } from "./web.ts";

const MINUTE_MS = 60_000;
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS;
/** How long there are faults, unless the caller says otherwise, in minutes. */
const FAULT_MINUTES = 120;
/** How long the cluster may take to come to rest: longer than any back-off, and than Events live. */
const REST_MS = 90 * MINUTE_MS;
/** How long it is watched at rest. */
const STILL_MS = 5 * MINUTE_MS;

/** Runs it. @param options `faultMinutes`: how long there are faults, 120 by default; in less time they are denser @returns what was wrong in the end */
export async function randomFaults(
  fleet: Fleet,
  options: { seed: number; faultMinutes?: number },
): Promise<string[]> {
  const { seed, faultMinutes = FAULT_MINUTES } = options;
  return await new Swarm(fleet, {
    random: new SeededRandom(seed, "faults"),
    faultsMs: faultMinutes * MINUTE_MS,
  }).run();
}

class Swarm {
  readonly #fleet: Fleet;
  readonly #random: SeededRandom;
  readonly #faultsMs: number;
  readonly #ledger: Ledger;
  readonly #observer = new Observer();
  /** Ends with the faults. */
  #busy = true;

  constructor(
    fleet: Fleet,
    { random, faultsMs }: { random: SeededRandom; faultsMs: number },
  ) {
    this.#fleet = fleet;
    this.#faultsMs = faultsMs;
    this.#random = random;
    this.#ledger = new Ledger(random);
  }

  async run(): Promise<string[]> {
    const { world, server, nodes } = this.#fleet;
    world.network.latencyMs = [1, this.#random.between(2, 400)];
    this.#fleet.onServerUp = (client, host) => {
      host.spawn("observer", () => this.#observer.follow(client, host));
      host.spawn("ledger", async () => {
        while (this.#busy) {
          await this.#ledger.write(client);
          await host.clock.sleep(this.#random.between(0, 20_000));
        }
      });
    };
    this.#at(() => server.boot());
    for (const { machine } of nodes) this.#at(() => machine.boot());
    await world.run(10_000);
    this.#work("apply", async (client) => {
      await client.create(services, webService());
      await client.create(deployments, webDeployment(8));
    });
    await world.run(10_000);

    this.#plan();
    await world.run(this.#faultsMs);
    this.#busy = false;
    this.#at(() => this.#heal());
    await world.run(5_000);
    this.#work("settle", async (client) => await scale(client, 10));
    await world.run(REST_MS);
    return await this.#judge();
  }

  /** Draws the rates of this run, then the faults. */
  #plan(): void {
    const sorts = [
      this.#killServer,
      this.#cutServerPower,
      this.#cutServerNetwork,
      this.#killAgent,
      this.#cutNodePower,
      this.#cutNodeNetwork,
      this.#jumpClock,
      this.#scale,
      this.#roll,
      this.#deletePods,
    ];
    for (const sort of sorts) {
      // Some sorts are left out, so that others are seen apart.
      if (this.#random.float() < 0.3) continue;
      const everyMs = this.#random.between(1 / 60, 1 / 4) * this.#faultsMs;
      for (let atMs = 0;;) {
        atMs += this.#random.between(0, 2 * everyMs);
        if (atMs >= this.#faultsMs) break;
        this.#at(() => sort.call(this), atMs);
      }
    }
  }

  #killServer(): void {
    this.#fleet.server.crash();
    this.#later(() => this.#fleet.server.boot());
  }

  #cutServerPower(): void {
    this.#fleet.server.cutPower();
    this.#later(() => this.#fleet.server.boot());
  }

  #cutServerNetwork(): void {
    this.#cut(this.#fleet.server.name);
  }

  #killAgent(): void {
    const { machine } = this.#anyNode();
    machine.crash();
    this.#later(() => machine.boot());
  }

  #cutNodePower(): void {
    const node = this.#anyNode();
    this.#fleet.cutPower(node);
    this.#later(() => node.machine.boot());
  }

  #cutNodeNetwork(): void {
    this.#cut(this.#anyNode().machine.name);
  }

  #cut(name: string): void {
    const { world } = this.#fleet;
    world.record("world", "network cut", { machine: name });
    world.network.cut(name);
    this.#later(() => {
      if (!this.#busy) return;
      world.record("world", "network healed", { machine: name });
      world.network.heal(name);
    });
  }

  #jumpClock(): void {
    const { server, nodes, world } = this.#fleet;
    const machines = [server, ...nodes.map(({ machine }) => machine)];
    const machine = this.#pick(machines);
    machine.clockSkewMs = Math.round(this.#random.between(-1, 1) * YEAR_MS);
    world.record("world", "clock jumps", {
      machine: machine.name,
      days: Math.round(machine.clockSkewMs / YEAR_MS * 365),
    });
  }

  #scale(): void {
    const replicas = Math.floor(this.#random.between(0, 16));
    this.#work("scale", async (client) => await scale(client, replicas));
  }

  #roll(): void {
    const version = String(this.#random.u32());
    this.#work("roll", async (client) => {
      await client.patch(deployments, { name: "web", namespace: "default" }, {
        type: "strategic",
        body: {
          spec: { template: { metadata: { annotations: { version } } } },
        },
      });
    });
  }

  #deletePods(): void {
    this.#work("delete pods", async (client) => {
      const { items } = await client.list(pods);
      const chance = this.#random.float();
      for (const { metadata: { name = "", namespace = "" } } of items) {
        if (this.#random.float() > chance) continue;
        await client.delete(
          pods,
          { name, namespace },
          this.#random.float() < 0.2 ? { gracePeriodSeconds: 0 } : {},
        );
      }
    });
  }

  #heal(): void {
    const { world, server, nodes } = this.#fleet;
    world.record("world", "all is healed", {});
    for (const machine of [server, ...nodes.map(({ machine }) => machine)]) {
      world.network.heal(machine.name);
      machine.boot();
    }
  }

  async #judge(): Promise<string[]> {
    const { world } = this.#fleet;
    const violations: string[] = [];
    let writes = await this.#writes();
    await world.run(STILL_MS);
    writes = await this.#writes() - writes;
    if (writes !== 0) {
      violations.push(`${writes} writes at rest in ${STILL_MS / 1000} s`);
    }
    this.#work("judge", async (client) => {
      violations.push(
        ...await findViolations(this.#fleet, client),
        ...await this.#ledger.check(client),
        ...await this.#observer.check(client),
      );
      world.record("world", "judged", {
        acked: this.#ledger.acked,
        events: this.#observer.events,
      });
    });
    await world.run(5_000);
    if (this.#ledger.acked === 0) violations.push("Nothing was written");
    return violations;
  }

  /** Durable writes since the server's start. */
  async #writes(): Promise<number> {
    let writes = Number.NaN;
    this.#work("count writes", async (client) => {
      const state = await (await client.raw("/debug/state")).json();
      writes = state.store.writes;
    });
    await this.#fleet.world.run(1_000);
    return writes;
  }

  /** Work on the server, if it is up; what the API refuses is no failure of the run. */
  #work(name: string, work: (client: Client) => Promise<void>): void {
    if (this.#fleet.client === undefined) return;
    this.#fleet.onServer(name, async (client, host) => {
      try {
        await work(client);
      } catch (error) {
        if (!isApiError(error)) throw error;
        host.log("info", "Refused", { work: name, error });
      }
    });
  }

  #at(fn: () => void, afterMs = 0): void {
    this.#fleet.world.kernel.schedule(null, { afterMs, fn });
  }

  /** Most outages are short, a few are very long. */
  #later(fn: () => void): void {
    const seconds = Math.exp(this.#random.between(-1, 7));
    this.#at(fn, seconds * 1000);
  }

  #anyNode(): SimNode {
    return this.#pick(this.#fleet.nodes);
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random.float() * list.length)]!;
  }
}

async function scale(client: Client, replicas: number): Promise<void> {
  await client.patch(deployments, { name: "web", namespace: "default" }, {
    type: "merge",
    body: { spec: { replicas } },
  });
}
