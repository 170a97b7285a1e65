/**
 * The simulated world: machines on a network under one virtual clock, and the log of all that happened.
 *
 * @module
 */
import type { Host, Kv, LogFields, LogLevel } from "../base/host.ts";
import { Kernel, type Life } from "./kernel.ts";
import { SeededRandom } from "./seeded_random.ts";
import { simHost } from "./sim_host.ts";
import { SimStorage } from "./sim_disk.ts";
import { SimNetwork } from "./sim_net.ts";
import { armTraps, EPOCH_MS } from "./traps.ts";

/** Makes the KV of a machine: called at each open of a path, on what an earlier life left. */
export type OpenKv = (
  options: {
    path: string;
    /** The machine's databases; outlives its programs. */
    databases: Map<string, unknown>;
    /** Waits as long as a database call takes. */
    delay: () => Promise<void>;
  },
) => Promise<Kv>;

/** What runs on a machine. Resolves once it is up; `stop` ends it in order. */
export type Program = (host: Host) => Promise<void>;

/** One simulated machine. */
export class SimMachine {
  readonly name: string;
  readonly storage = new SimStorage();
  readonly databases = new Map<string, unknown>();
  /** How far its wall clock is off. */
  clockSkewMs = 0;
  /** Moments so far at which a program may have ended: before and after the effect of each call of the host that takes time. */
  crashPoints = 0;
  /** Where to end a program, by {@linkcode SimMachine.crashPoints}, and how. */
  endAt:
    | { readonly point: number; readonly how: "crash" | "cutPower" }
    | undefined;
  readonly #world: World;
  readonly #program: Program;
  #life: Life | undefined;
  #host: Host | undefined;
  #boots = 0;

  constructor(world: World, options: { name: string; program: Program }) {
    this.#world = world;
    this.name = options.name;
    this.#program = options.program;
  }

  /** How often it was started. */
  get boots(): number {
    return this.#boots;
  }

  /** Whether it runs. */
  get up(): boolean {
    return this.#life?.alive ?? false;
  }

  /** Starts the machine and its program. */
  boot(): void {
    if (this.up) return;
    this.#boots++;
    const world = this.#world;
    const life: Life = {
      machine: this.name,
      alive: true,
      endsHere: () => this.#endsHere(),
    };
    this.#life = life;
    const random = new SeededRandom(
      world.seed,
      `${this.name}#${this.#boots}`,
    );
    const host = simHost(world, { machine: this, life, random });
    this.#host = host;
    world.record(this.name, "machine started", { boot: this.#boots });
    world.kernel.schedule(life, {
      afterMs: 0,
      fn: () => host.spawn("main", () => this.#program(host)),
    });
  }

  /** Runs further work on the machine while it is up, in events of its own. */
  run(name: string, work: (host: Host) => Promise<void>): void {
    const [life, host] = [this.#life, this.#host];
    if (!life?.alive || !host) return;
    this.#world.kernel.schedule(life, {
      afterMs: 0,
      fn: () => host.spawn(name, () => work(host)),
    });
  }

  /** The program is killed: files stay as they are. */
  crash(): void {
    this.#end("program killed", { reset: true, then: () => {} });
  }

  /** The power goes: what was not synced is lost. */
  cutPower(): void {
    this.#end("power cut", {
      reset: false,
      then: () => {
        const random = new SeededRandom(
          this.#world.seed,
          `${this.name}#${this.#boots}/cut`,
        );
        this.storage.cutPower(random);
      },
    });
  }

  #endsHere(): boolean {
    if (++this.crashPoints !== this.endAt?.point) return false;
    this[this.endAt.how]();
    return true;
  }

  #end(
    what: string,
    options: { reset: boolean; then: () => void },
  ): void {
    const life = this.#life;
    if (!life?.alive) return;
    this.#world.kernel.afterStep(() => {
      life.alive = false;
      options.then();
      this.#world.record(this.name, what, {});
      this.#world.network.ended(life, options);
    });
  }
}

/** Options of {@linkcode World}. */
export interface WorldOptions {
  readonly seed: number;
  /** Takes the event log, line by line. */
  readonly print: (line: string) => void;
  readonly openKv: OpenKv;
  /** The least important program log that is in the event log. @default "info" */
  readonly logLevel?: LogLevel;
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Everything of one run. */
export class World {
  readonly seed: number;
  readonly kernel: Kernel;
  readonly network: SimNetwork;
  readonly openKv: OpenKv;
  readonly #machines = new Map<string, SimMachine>();
  readonly #print: (line: string) => void;
  readonly #logLevel: LogLevel;

  constructor(options: WorldOptions) {
    this.seed = options.seed;
    this.kernel = new Kernel(options.seed);
    this.network = new SimNetwork(
      this.kernel,
      new SeededRandom(options.seed, "network"),
    );
    this.openKv = options.openKv;
    this.#print = options.print;
    this.#logLevel = options.logLevel ?? "info";
  }

  /** Adds a machine; it is off. */
  machine(name: string, program: Program): SimMachine {
    const machine = new SimMachine(this, { name, program });
    this.#machines.set(name, machine);
    return machine;
  }

  /** Writes a line of the event log: virtual time, who, what. */
  record(who: string, what: string, fields: LogFields): void {
    const seconds = (this.kernel.nowMs / 1000).toFixed(3).padStart(9);
    const rest = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ` ${key}=${fieldText(value)}`).join("");
    this.#print(`${seconds} ${who.padEnd(8)} ${what}${rest}`);
  }

  /** Takes a program's log record. */
  log(
    machine: string,
    record: { level: LogLevel; message: string; fields: LogFields },
  ): void {
    const { level, message, fields } = record;
    if (LEVELS.indexOf(level) < LEVELS.indexOf(this.#logLevel)) return;
    const mark = level === "info" ? "" : `[${level}] `;
    this.record(machine, mark + message, fields);
  }

  /**
   * Runs for so long in virtual time, with the traps armed.
   *
   * @throws {SimulationError} when the run did something that none may do
   */
  async run(ms: number): Promise<void> {
    using _traps = armTraps(this.kernel, () => this.clockOf());
    await this.kernel.runFromMacrotask(this.kernel.nowMs + ms);
    this.kernel.throwIfFailed();
  }

  /** Wall-clock time of the machine whose step is running. */
  clockOf(): number {
    const name = this.kernel.current?.machine;
    const skew = name === undefined
      ? 0
      : this.#machines.get(name)?.clockSkewMs ?? 0;
    return Math.floor(EPOCH_MS + this.kernel.nowMs + skew);
  }
}

function fieldText(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  if (typeof value === "string") {
    return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
  }
  return JSON.stringify(value) ?? String(value);
}
