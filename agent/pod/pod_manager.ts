/**
 * Keeps one worker per pod.
 *
 * @module
 */
import type { Host, Timer } from "../../src/base/host.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { PodStatus } from "../../src/api/core/pod_status.ts";
import type {
  FoundSandbox,
  MixedRuntime,
} from "../runtime/mixed/mixed_runtime.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { lastWords } from "./last_words.ts";
import { removeOrphan } from "./orphans.ts";
import { PodRecord } from "./pod_record.ts";
import type { PodServices } from "./pod_work.ts";
import { PodWorker } from "./pod_worker.ts";
import { isFinal } from "./status/pod_status.ts";

/** Text of the event and the status of a pod that ran out of its `activeDeadlineSeconds`; kubelet's. */
const DEADLINE_MESSAGE =
  "Pod was active on the node longer than the specified deadline";

/** What a {@linkcode PodManager} needs. */
export interface PodManagerOptions {
  readonly runtimes: readonly Runtime[];
  /** Runs pods of several of them. @default there are none */
  readonly mixed?: MixedRuntime;
  /** The runtime that a pod asks for. */
  readonly select: (pod: Pod) => Runtime;
  /** Services for the pods of a runtime; asked once per runtime. */
  readonly servicesFor: (runtime: Runtime) => PodServices;
  /** The status that a pod begins with. @default what the object says */
  readonly initialStatus?: (pod: Pod) => PodStatus | undefined;
  /** Whether this node has taken the pod of this UID before: it is not asked again. @default it has a sandbox */
  readonly wasAdmitted?: (uid: string) => boolean;
  /** Called after every change of a pod's record. */
  readonly onChange: (record: PodRecord) => void;
  /** Called when nothing of a pod is left. */
  readonly onGone: (record: PodRecord) => void;
  /** Aborts when the agent stops. Pods stay as they are. */
  readonly signal: AbortSignal;
}

/** All pods of the node. Wishes come in by {@linkcode PodManager.set} and {@linkcode PodManager.remove}; hints from the runtimes. */
export class PodManager {
  readonly #host: Host;
  readonly #options: PodManagerOptions;
  readonly #workers = new Map<string, PodWorker>();
  readonly #running = new Map<string, Promise<void>>();
  /** What the runtimes had when the agent started and no pod has claimed yet. */
  #found: FoundSandbox[] = [];
  /** Pods of which nothing is left here, while the API still shows them (finalizers). */
  readonly #over = new Set<string>();
  readonly #services = new Map<Runtime, PodServices>();
  readonly #hints: Disposable[] = [];
  /** By UID. */
  readonly #deadlines = new Map<string, { seconds: number; timer: Timer }>();

  constructor(host: Host, options: PodManagerOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Takes stock of the runtimes. Call it once, before any pod. */
  async takeStock(): Promise<void> {
    for (const runtime of this.#options.runtimes) {
      this.#hints.push(runtime.onChange((id) => this.#hint(runtime, id)));
      for (const sandbox of await runtime.listSandboxes()) {
        this.#found.push({ runtime, sandbox });
      }
    }
    const { mixed } = this.#options;
    if (!mixed) return;
    this.#hints.push(mixed.onChange((id) => this.#hint(mixed, id)));
    this.#found = mixed.adopt(this.#found);
  }

  /** The pods on this node. */
  records(): PodRecord[] {
    return [...this.#workers.values()].map(({ record }) => record);
  }

  /** The pod of this UID. */
  get(uid: string): PodRecord | undefined {
    return this.#workers.get(uid)?.record;
  }

  /** Resolves when no pod is left, or the signal aborts. */
  async empty(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  /** For `/debug/state`. */
  state(): unknown[] {
    return [...this.#workers.values()].map((worker) => worker.state());
  }

  /** This pod is to be here, as this version of the object says. */
  set(pod: Pod): void {
    const uid = pod.metadata.uid!;
    if (this.#over.has(uid) || this.#options.signal.aborted) return;
    const worker = this.#workers.get(uid);
    if (worker) {
      worker.record.setPod(pod);
      this.#followDeadline(worker.record);
      worker.wishChanged();
      return;
    }
    this.#add(pod);
  }

  /** This pod's object is gone: end it, nobody waits for a status. */
  remove(uid: string): void {
    this.#over.delete(uid);
    const worker = this.#workers.get(uid);
    worker?.record.setRemoved();
    worker?.wishChanged();
  }

  /** All pods are known now: what no pod has claimed is stopped and removed. Answers the UIDs whose remains are being removed so. */
  removeOrphans(): Set<string> {
    const orphans = this.#found;
    this.#found = [];
    for (const { runtime, sandbox } of orphans) {
      this.#host.log("info", "Removing a sandbox that no pod wants", {
        pod: `${sandbox.namespace}/${sandbox.name}`,
        uid: sandbox.uid,
      });
      this.#host.spawn("remove-orphan", () =>
        removeOrphan(this.#host, {
          runtime,
          sandbox,
          services: this.#servicesFor(runtime),
          signal: this.#options.signal,
        }));
    }
    return new Set(orphans.map(({ sandbox }) => sandbox.uid));
  }

  /** Waits until no worker is under way; call it after the signal has aborted. */
  async close(): Promise<void> {
    for (const hint of this.#hints) hint[Symbol.dispose]();
    await Promise.all(this.#running.values());
  }

  #add(pod: Pod): void {
    const uid = pod.metadata.uid!;
    const runtime = this.#options.select(pod);
    const mine = this.#found.filter((found) =>
      found.sandbox.uid === uid && found.runtime === runtime
    );
    this.#found = this.#found.filter((found) => !mine.includes(found));
    const startTime = pod.status?.startTime;
    const services = this.#servicesFor(runtime);
    const record: PodRecord = new PodRecord({
      pod,
      runtime,
      sandboxes: mine.map(({ sandbox }) => sandbox),
      startTime: startTime ? Date.parse(startTime) : this.#host.clock.now(),
      isAdmitted: mine.length > 0 ||
        (this.#options.wasAdmitted?.(uid) ?? false),
      askLastWords: (ended) =>
        lastWords(record, { services: services.containers, ended }),
      onChange: () => this.#options.onChange(record),
    });
    const { signal, initialStatus } = this.#options;
    record.lastStatus = initialStatus ? initialStatus(pod) : pod.status;
    const worker = new PodWorker(record, {
      services,
      agent: signal,
    });
    this.#workers.set(uid, worker);
    this.#options.onChange(record);
    const run = this.#run(worker);
    this.#running.set(uid, run);
    this.#host.spawn("pod", () => run);
  }

  async #run(worker: PodWorker): Promise<void> {
    const { record } = worker;
    this.#followDeadline(record);
    try {
      await record.hearLastWords();
      await worker.run();
    } catch (error) {
      if (this.#options.signal.aborted) return;
      throw error;
    } finally {
      this.#dropDeadline(record.uid);
      this.#running.delete(record.uid);
    }
    this.#workers.delete(record.uid);
    if (!record.removed) this.#over.add(record.uid);
    this.#options.onGone(record);
  }

  /** A deadline may be set, or drawn nearer, while the pod runs. */
  #followDeadline(record: PodRecord): void {
    const { pod, uid } = record;
    const seconds = pod.spec.activeDeadlineSeconds;
    if (this.#deadlines.get(uid)?.seconds === seconds) return;
    this.#dropDeadline(uid);
    if (seconds === undefined || isFinal(pod.status)) return;
    const { clock } = this.#host;
    const leftMs = record.startTime + seconds * 1000 - clock.now();
    const over = () => {
      if (record.ended) return;
      this.#servicesFor(record.runtime).containers.events.event(record.pod, {
        type: "Normal",
        reason: "DeadlineExceeded",
        message: DEADLINE_MESSAGE,
      });
      record.fail({ reason: "DeadlineExceeded", message: DEADLINE_MESSAGE });
    };
    // Before its states look at it: what an agent before us has ended for it must not count as an end of its own.
    if (leftMs <= 0) return over();
    const timer = clock.after(leftMs, over);
    this.#deadlines.set(uid, { seconds, timer });
  }

  #dropDeadline(uid: string): void {
    this.#deadlines.get(uid)?.timer.cancel();
    this.#deadlines.delete(uid);
  }

  #servicesFor(runtime: Runtime): PodServices {
    let services = this.#services.get(runtime);
    if (!services) {
      services = this.#options.servicesFor(runtime);
      this.#services.set(runtime, services);
    }
    return services;
  }

  /** Something happened in a sandbox: its pod looks again. */
  #hint(runtime: Runtime, sandboxId: string): void {
    for (const { record } of this.#workers.values()) {
      if (record.runtime !== runtime) continue;
      if (!record.sandboxes.some(({ id }) => id === sandboxId)) continue;
      this.#host.spawn("pod-refresh", () =>
        record.refresh().catch((error) => {
          if (this.#options.signal.aborted) return;
          this.#host.log("warn", "Could not read a sandbox", {
            pod: record.key,
            error,
          });
        }));
    }
  }
}
