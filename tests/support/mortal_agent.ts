/**
 * The real agent with real parts that a test can end at an exact point, and whose clock a test can set: its host and its runtimes are wrapped, the agent
 * itself is what everybody runs. Arguments: the agent's data folder, the folder by which the test steers it, the server and the join token.
 *
 * In that folder, `points` tells which points were met, one a line: `pod sandboxing 1`, `before runSandbox 1`, `during …`, `after …` (the number counts
 * those of its kind since `die-at` changed). At the point that `die-at` names, the process kills itself. `skew-ms` says how far its wall clock is off.
 *
 * @module
 */
import process from "node:process";
import { type Agent, startAgent } from "../../agent/main.ts";
import { realParts } from "../../agent/real_parts.ts";
import type { Runtime } from "../../agent/runtime/runtime.ts";
import type { Host } from "../../src/base/host.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { untilSignal } from "../../src/programs/until_signal.ts";

/** Calls that change something. */
const CHANGES: readonly string[] = [
  "runSandbox",
  "stopSandbox",
  "removeSandbox",
  "pullImage",
  "createContainer",
  "startContainer",
  "stopContainer",
  "removeContainer",
] satisfies (keyof Runtime)[];

/** How long a call that the agent dies in has been under way, in milliseconds: all of them take longer. */
const DURING_MS = 5;

/** Turns of the microtask queue in which a state that was just entered is seen: the agent notes the time right before it enters one. */
const TURNS = 4;

/** What the test wants, and what it is told. */
class Control {
  readonly #folder: string;
  readonly #counts = new Map<string, number>();
  #dieAt = "";

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** How far the clock is off, in milliseconds. */
  get skewMs(): number {
    return Number(this.#read("skew-ms") || 0);
  }

  /** Notes a point. Answers whether the process is to die here. */
  meet(what: string): boolean {
    const dieAt = this.#read("die-at");
    if (dieAt !== this.#dieAt) this.#counts.clear();
    this.#dieAt = dieAt;
    const count = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, count);
    const point = `${what} ${count}`;
    Deno.writeTextFileSync(`${this.#folder}/points`, `${point}\n`, {
      append: true,
    });
    return dieAt === point;
  }

  /** Notes a point, and does not come back from the one at which the process is to die. */
  pass(what: string): void {
    if (this.meet(what)) die();
  }

  #read(name: string): string {
    try {
      return Deno.readTextFileSync(`${this.#folder}/${name}`);
    } catch {
      return "";
    }
  }
}

function die(): void {
  Deno.kill(Deno.pid, "SIGKILL");
}

/** The same object; some of its methods are others. */
function over<T extends object>(
  target: T,
  method: (name: string, call: (...args: unknown[]) => unknown) =>
    | ((...args: unknown[]) => unknown)
    | undefined,
): T {
  return new Proxy(target, {
    get: (_, name) => {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      const call = value.bind(target);
      return (typeof name === "string" && method(name, call)) || call;
    },
  });
}

function mortal(runtime: Runtime, control: Control): Runtime {
  return over(
    runtime,
    (name, call) =>
      CHANGES.includes(name)
        ? async (...args) => {
          control.pass(`before ${name}`);
          const result = call(...args) as Promise<unknown>;
          if (control.meet(`during ${name}`)) setTimeout(die, DURING_MS);
          await result;
          control.pass(`after ${name}`);
          return result;
        }
        : undefined,
  );
}

/** A host whose clock is off, and that calls `onTime` whenever somebody notes the time. */
function skewed(real: Host, control: Control, onTime: () => void): Host {
  const clock = over(real.clock, (name, call) => {
    if (name === "now") return () => Number(call()) + control.skewMs;
    if (name !== "monotonicMs") return undefined;
    return () => {
      onTime();
      return call();
    };
  });
  return new Proxy(real, {
    get: (_, name) => name === "clock" ? clock : Reflect.get(real, name),
  });
}

interface State {
  readonly pods?: readonly {
    readonly uid: string;
    readonly state: string;
    readonly containers: readonly { name: string; state: string }[];
  }[];
}

async function main(
  [dataDir = "", folder = "", server = "", token = ""]: string[],
): Promise<void> {
  const control = new Control(folder);
  const states = new Map<string, string>();
  const running: { agent?: Agent } = {};
  let looking = false;
  const look = () => {
    looking = true;
    for (
      const pod of (running.agent?.state() as State | undefined)?.pods ?? []
    ) {
      const now: [string, string][] = [
        [pod.uid, `pod ${pod.state}`],
        ...pod.containers.map((one): [string, string] => [
          `${pod.uid}/${one.name}`,
          `container ${one.state}`,
        ]),
      ];
      for (const [key, state] of now) {
        if (states.get(key) === state) continue;
        states.set(key, state);
        control.pass(state);
      }
    }
    looking = false;
  };
  const host = skewed(makeRealHost(), control, () => {
    if (looking) return;
    void (async () => {
      for (let turn = 0; turn < TURNS; turn++) {
        await null;
        look();
      }
    })();
  });
  const agent = running.agent = await startAgent(host, {
    dataDir,
    nodeName: "n1",
    server,
    token,
    parts: async (partsHost, options, uplink) => {
      const parts = await realParts({ stopOnExit: false })(
        partsHost,
        options,
        uplink,
      );
      return {
        ...parts,
        runtimes: parts.runtimes.map((runtime) => mortal(runtime, control)),
      };
    },
  });
  await untilSignal(host.clock);
  await agent.close();
}

if (import.meta.main) {
  await main(Deno.args);
  process.exit(0);
}
