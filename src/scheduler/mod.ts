/**
 * The scheduler: watches unassigned pods, and binds each to the node that suits it best.
 *
 * - `scheduler.ts` the loop · `queue.ts` who waits · `snapshot.ts`, `node_info.ts`, `pod_requests.ts` the picture of the cluster
 * - `volumes/` what claims get with a node
 * - `select_node.ts` the choice: `filters/` rules, `scores/` preferences · `diagnosis.ts`, `report.ts` why not · `bind.ts` the write
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { Client } from "../client/client.ts";
import { EventRecorder } from "../client/event_recorder.ts";
import { NODES } from "../client/resources.ts";
import { Manager } from "../loop/manager.ts";
import {
  claimInformer,
  podInformer,
  storageClassInformer,
  volumeInformer,
} from "../loop/shared_informers.ts";
import { DEFAULT_SCHEDULER, Scheduler } from "./scheduler.ts";

export {
  DEFAULT_SCHEDULER,
  Scheduler,
  type SchedulerParts,
} from "./scheduler.ts";

/** Options of {@linkcode startScheduler}. */
export interface SchedulerOptions {
  /** Pods that name it in `spec.schedulerName` are ours. @default "default-scheduler" */
  readonly schedulerName?: string;
  /** Gives up waiting for the first lists. */
  readonly signal?: AbortSignal;
}

/** A running scheduler. */
export interface RunningScheduler extends AsyncDisposable {
  /** Queue lengths and cache sizes, for `/debug/state`. */
  stats(): Record<string, unknown>;
}

/**
 * Adds a scheduler to a manager, before it starts: it then shares the manager's informers. Dispose the answer after the manager.
 */
export function addScheduler(
  host: Host,
  manager: Manager,
  { client, schedulerName = DEFAULT_SCHEDULER }: {
    readonly client: Client;
    readonly schedulerName?: string;
  },
): RunningScheduler {
  const recorder = new EventRecorder(host, client, {
    component: schedulerName,
  });
  const scheduler = new Scheduler(host, {
    client,
    pods: podInformer(manager),
    nodes: manager.informer(NODES),
    volumes: {
      claims: claimInformer(manager),
      volumes: volumeInformer(manager),
      classes: storageClassInformer(manager),
    },
    recorder,
    schedulerName,
  });
  manager.addRunnable(scheduler);
  return {
    stats: () => scheduler.stats(),
    [Symbol.asyncDispose]: () => recorder[Symbol.asyncDispose](),
  };
}

/** Starts a scheduler with informers of its own; resolves when it is at work. */
export async function startScheduler(
  host: Host,
  client: Client,
  options: SchedulerOptions = {},
): Promise<RunningScheduler> {
  const manager = new Manager(host, client);
  const scheduler = addScheduler(host, manager, { client, ...options });
  try {
    await manager.start(options.signal);
  } catch (error) {
    await manager[Symbol.asyncDispose]();
    throw error;
  }
  return {
    stats: () => ({ ...scheduler.stats(), ...manager.stats() }),
    [Symbol.asyncDispose]: async () => {
      await manager[Symbol.asyncDispose]();
      await scheduler[Symbol.asyncDispose]();
    },
  };
}
