/**
 * Kills the agent at every state of its pods and at every call of its runtime, one run for each: enumerated, not sampled.
 *
 * A run without a kill shows which points there are. In virtual time all that happens is the same in every run up to the kill, so each point is met again.
 *
 * @module
 */
import type { FakeRuntimeOptions } from "../runtime/fake/mod.ts";
import { PodBench, type PodBenchOptions } from "./pod_bench.ts";

/** What pods live through. */
export interface LifeScenario {
  readonly name: string;
  /** What the pods' containers do. */
  readonly runtime?: FakeRuntimeOptions;
  /** Answers probes. */
  readonly probe?: (bench: PodBench) => Response;
  /** What users do, and how much time passes. Ends when all has come to rest. */
  readonly live: (run: LifeRun) => Promise<void>;
}

/** One run of a scenario. */
export interface LifeRun {
  readonly bench: PodBench;
  /** Lets time pass. An agent that was killed meanwhile is started again. */
  pass(ms: number): Promise<void>;
}

/** How a run went. */
export interface LivedRun {
  readonly bench: PodBench;
  /** Points that were met, each with its number among those of the same name: `pod sandboxing 1`, `after startContainer 2`. */
  readonly points: readonly string[];
  /** Whether the point was met at which the agent was to be killed. */
  readonly killed: boolean;
}

/** How long nobody is there after a kill, in milliseconds. */
const AWAY_MS = 700;
/** How often, in milliseconds, somebody looks whether the agent is still there. */
const LOOK_MS = 100;
/** Turns of the microtask queue without a new state after which a moment counts as over. Every change of state takes some. */
const QUIET_TURNS = 60;

/** Runs a scenario, with one agent that is killed at a point, or with none. */
export async function liveThrough(
  scenario: LifeScenario,
  killAt?: string,
): Promise<LivedRun> {
  const points: string[] = [];
  const counts = new Map<string, number>();
  let killed = false;
  const { runtime, probe } = scenario;
  const options: PodBenchOptions = {
    ...runtime && { runtime },
    ...probe && { probe: () => probe(bench) },
  };
  const bench: PodBench = new PodBench(options);
  /** Answers whether the agent dies here. */
  const meet = (what: string): boolean => {
    const count = (counts.get(what) ?? 0) + 1;
    counts.set(what, count);
    points.push(`${what} ${count}`);
    if (killed || points.at(-1) !== killAt) return false;
    killed = true;
    bench.crash();
    return true;
  };
  const start = () => {
    const lastStates = new Map<string, string>();
    look = () => {
      if (!bench.running) return false;
      const states = statesOf(bench);
      for (const key of lastStates.keys()) {
        if (!states.has(key)) lastStates.delete(key);
      }
      for (const [key, state] of states) {
        if (lastStates.get(key) === state) continue;
        lastStates.set(key, state);
        if (meet(state)) return true;
      }
      return false;
    };
    return bench.start({
      gate: async (call, moment) => {
        await scenario.runtime?.gate?.(call, moment);
        // Whoever was killed here is never answered.
        if (meet(`${moment} ${call}`)) await new Promise(() => {});
      },
    });
  };
  let look = () => false;
  const settle = bench.host.settle.bind(bench.host);
  bench.host.settle = async () => {
    // Between any two steps of the agent's own.
    for (let turn = 0, seen = points.length; turn < QUIET_TURNS; turn++) {
      look();
      if (points.length > seen) [turn, seen] = [0, points.length];
      await null;
    }
    await settle();
    look();
  };
  await start();
  const pass = async (ms: number) => {
    for (let leftMs = ms; leftMs > 0; leftMs -= LOOK_MS) {
      await bench.host.advance(Math.min(leftMs, LOOK_MS));
      if (bench.running) continue;
      await bench.host.advance(AWAY_MS);
      await start();
    }
  };
  await scenario.live({ bench, pass });
  return { bench, points, killed };
}

/** `pod running` by the pod, `container waiting` by pod and container. */
function statesOf(bench: PodBench): Map<string, string> {
  const states = new Map<string, string>();
  for (const pod of bench.manager.state() as State[]) {
    states.set(pod.uid, `pod ${pod.state}`);
    for (const { name, state } of pod.containers) {
      states.set(`${pod.uid}/${name}`, `container ${state}`);
    }
  }
  return states;
}

interface State {
  readonly uid: string;
  readonly state: string;
  readonly containers: readonly { name: string; state: string }[];
}
