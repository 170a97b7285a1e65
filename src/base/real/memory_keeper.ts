/**
 * Keeps a program small while it rests: what work left behind is handed back once there is no work.
 *
 * @module
 */
import type { Timer } from "../host.ts";
import { RealClock } from "./clock.ts";
import { UnusedMemory } from "./unused_memory.ts";

/** Time between two looks, in milliseconds, while there is something to gain. A look reads two numbers; nothing is written or sent. */
const WAITING_LOOK_MS = 5_000;
/** Time between two looks, in milliseconds, once all was handed back. */
const RESTING_LOOK_MS = 60_000;
/** A program that uses less of a core than this rests. */
const RESTING_SHARE = 0.02;
/** What is worth handing back: so much more than was left the last time, in KiB. Rest itself, such as keep-alives, needs some. */
const WORTH_KIB = 8 * 1024;

/** What a look sees. */
export interface Reading {
  /** Monotonic time, in milliseconds. */
  readonly nowMs: number;
  /** Processor time used so far, in milliseconds. */
  readonly cpuMs: number;
  /** How much of the files that are mapped (the runtime's code and constants) is in memory, and how large the heap is: V8 leaves it as large as work made it. */
  readonly heldKib: number;
}

/** What to do after a look. */
export interface NextStep {
  /** Whether memory is to be handed back now. */
  readonly release: boolean;
  /** When to look again, in milliseconds. */
  readonly lookMs: number;
}

/** Decides when memory is handed back: at rest, and when there is something to gain. */
export class RestWatch {
  #last: Reading;
  #leftKib = 0;

  /** Starts with a first reading. */
  constructor(first: Reading) {
    this.#last = first;
  }

  /** Takes the next reading. */
  next(reading: Reading): NextStep {
    const { nowMs, cpuMs } = this.#last;
    this.#last = reading;
    const share = (reading.cpuMs - cpuMs) / (reading.nowMs - nowMs);
    const isWorth = reading.heldKib - this.#leftKib >= WORTH_KIB;
    return {
      release: isWorth && share < RESTING_SHARE,
      lookMs: isWorth ? WAITING_LOOK_MS : RESTING_LOOK_MS,
    };
  }

  /** Told what was left after memory was handed back. */
  released(leftKib: number): void {
    this.#leftKib = leftKib;
  }
}

/** Starts it; it does nothing where memory cannot be handed back. It does not keep the program alive. */
export function keepMemoryLow(): Disposable {
  const memory = UnusedMemory.open();
  if (memory === undefined) return { [Symbol.dispose]() {} };
  const clock = new RealClock();
  const watch = new RestWatch(read());
  let timer: Timer;
  const look = () => {
    const { release, lookMs } = watch.next(read());
    if (release) {
      memory.release();
      watch.released(read().heldKib);
    }
    timer = clock.after(lookMs, look);
  };
  timer = clock.after(WAITING_LOOK_MS, look);
  return {
    [Symbol.dispose]() {
      timer.cancel();
      memory[Symbol.dispose]();
    },
  };
}

function read(): Reading {
  return {
    nowMs: performance.now(),
    cpuMs: cpuMs(Deno.readTextFileSync("/proc/self/stat")),
    heldKib: mappedKib(Deno.readTextFileSync("/proc/self/status")) +
      Deno.memoryUsage().heapTotal / 1024,
  };
}

/** Resident memory that files are mapped to. @param status content of `/proc/<pid>/status` (proc_pid_status(5)) */
export function mappedKib(status: string): number {
  return Number(/^RssFile:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}

/** Processor time, user's and system's, of a process. @param stat content of `/proc/<pid>/stat` (proc_pid_stat(5)) */
export function cpuMs(stat: string): number {
  // The second field is the program's name, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12])); // in hundredths of a second
}
