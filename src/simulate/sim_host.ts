/**
 * The door of one life of a simulated machine.
 *
 * @module
 */
import { type Clock, type Host, HostError, type Timer } from "../base/host.ts";
import { isAbort } from "../base/errors.ts";
import type { Kernel, Life } from "./kernel.ts";
import type { SeededRandom } from "./seeded_random.ts";
import { SimCryptography } from "./sim_crypto.ts";
import { simDisk } from "./sim_disk.ts";
import type { SimMachine, World } from "./world.ts";

/** How long a database call takes. */
const DATABASE_MS = [0.1, 5] as const;

/** Makes the {@linkcode Host} of a life. Every call of a dead life stays unanswered, as in a power cut. */
export function simHost(
  world: World,
  options: { machine: SimMachine; life: Life; random: SeededRandom },
): Host {
  const { machine, life, random } = options;
  const { kernel } = world;
  const wall = () => world.clockOf();
  const guarded = <T extends object>(part: T, name: string): T =>
    guard(part, (call) => kernel.mustBeIn(life, `${name}.${call}`));
  return {
    clock: guarded(simClock(kernel, life, wall), "clock"),
    random: guarded(random, "random"),
    crypto: new SimCryptography(random),
    disk: guarded(
      simDisk(kernel, {
        storage: machine.storage,
        life,
        random,
        clock: wall,
      }),
      "disk",
    ),
    net: guarded(world.network.of(life), "net"),
    processes: {
      run: (command) => {
        throw new HostError("not-found", `No such program: "${command}"`);
      },
      start: (command) => {
        throw new HostError("not-found", `No such program: "${command}"`);
      },
      signal: () => false,
      selfPid: 1,
      uid: 0,
      hostname: () => machine.name,
      arch: "x86_64",
      os: "linux",
      env: () => undefined,
      denoPath: "/usr/bin/deno",
    },
    openKv: (path) =>
      world.openKv({
        path,
        databases: machine.databases,
        delay: () => kernel.delay(life, random.between(...DATABASE_MS)),
      }),
    log(level, message, fields = {}) {
      kernel.mustBeIn(life, "log");
      // Whoever is dead says nothing any more.
      if (life.alive) world.log(machine.name, { level, message, fields });
    },
    spawn(name, task) {
      kernel.mustBeIn(life, "spawn");
      const run = async () => {
        await null;
        try {
          await task();
        } catch (error) {
          if (!life.alive || isAbort(error)) return;
          world.log(machine.name, {
            level: "error",
            message: "Background task failed",
            fields: { task: name, error },
          });
          kernel.fail(`Task "${name}" on ${machine.name} failed`, error);
        }
      };
      void run();
    },
  };
}

/** The same object, whose methods are announced before they run. */
function guard<T extends object>(part: T, onCall: (name: string) => void): T {
  return new Proxy(part, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        onCall(String(name));
        return Reflect.apply(value, target, args);
      };
    },
  });
}

function simClock(kernel: Kernel, life: Life, wall: () => number): Clock {
  const after = (ms: number, fn: () => void): Timer => {
    const event = kernel.schedule(life, { afterMs: ms, fn });
    return { cancel: () => void (event.cancelled = true) };
  };
  return {
    now: wall,
    monotonicMs: () => kernel.nowMs,
    after,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          timer.cancel();
          reject(signal?.reason);
        };
        const timer = after(ms, () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        });
        signal?.addEventListener("abort", onAbort, { once: true });
      });
    },
    timeout(ms) {
      const controller = new AbortController();
      after(
        ms,
        () => controller.abort(new DOMException("Timed out", "TimeoutError")),
      );
      return controller.signal;
    },
  };
}
