/**
 * Keeps the API's idea of each pod's status right.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import type { PodStatus } from "../../src/api/core/pod_status.ts";
import type { Host, Timer } from "../../src/base/host.ts";
import type { Client } from "../../src/client/client.ts";
import { PODS } from "../../src/client/resources.ts";
import { hasStatusCode } from "../../src/client/response_error.ts";
import { Limiter } from "../../src/base/limiter.ts";
import type { PodRecord } from "./pod_record.ts";
import { computePodStatus, type StatusContext } from "./status/pod_status.ts";
import { statusPatch } from "./status/status_patch.ts";

/** A pod that is still on its way shows its steps this much later, in milliseconds, so that a quick start is one write and not four. */
const PENDING_DELAY_MS = 100;
/** First and longest wait, in milliseconds, after the API did not take a write. */
const RETRY_MS = { first: 500, longest: 30_000 } as const;
/** How many writes are under way at once. */
const PARALLEL_WRITES = 8;

/** What a {@linkcode StatusReporter} needs. */
export interface StatusReporterOptions {
  /** Its calls wait while the server is out of reach. */
  readonly client: Client;
  readonly context: () => StatusContext;
  /** The object in the API that shows a pod; undefined where there is none now. @default the pod itself */
  readonly shownBy?: (pod: Pod) => Pod | undefined;
  readonly signal: AbortSignal;
}

/** What is known of one pod's status in the API. */
interface Sent {
  /** Of the object that has it. */
  readonly uid: string;
  status: PodStatus | undefined;
  /** Of the newest version seen; older versions that a watch brings late are ignored. */
  version: number;
  writing: boolean;
  due: boolean;
  /** What the API still had otherwise after the last write, as text. */
  left?: string;
}

/** Computes statuses when records change and writes what differs, one write per pod at a time, across any loss of contact. */
export class StatusReporter {
  readonly #host: Host;
  readonly #options: StatusReporterOptions;
  readonly #sent = new Map<string, Sent>();
  readonly #dirty = new Set<PodRecord>();
  readonly #limiter = new Limiter(PARALLEL_WRITES);
  readonly #timers = new Set<Timer>();

  constructor(host: Host, options: StatusReporterOptions) {
    this.#host = host;
    this.#options = options;
    options.signal.addEventListener("abort", () => {
      for (const timer of this.#timers) timer.cancel();
    }, { once: true });
  }

  /** Call it after every change of a record. Many changes at once are one. */
  changed(record: PodRecord): void {
    this.#observe(record);
    if (this.#dirty.has(record)) return;
    this.#dirty.add(record);
    queueMicrotask(() => {
      this.#dirty.delete(record);
      if (this.#options.signal.aborted) return;
      try {
        this.#schedule(record, this.#compute(record));
      } catch (error) {
        // Nobody stands above a microtask: a pod that cannot be told about would end the agent, and with it the care for all others.
        this.#host.log("error", "Could not compute a pod's status", {
          pod: record.key,
          error,
        });
      }
    });
  }

  /** Forgets a pod that is gone. */
  forget(uid: string): void {
    this.#sent.delete(uid);
  }

  /** How many pods have a status that the API has not got yet. */
  get unsent(): number {
    return [...this.#sent.values()].filter(({ due, writing }) => due || writing)
      .length;
  }

  /** For `/debug/state`. */
  state(): Record<string, unknown> {
    return { pods: this.#sent.size, unsent: this.unsent };
  }

  /**
   * Sends the final status and deletes the object with grace 0, if it is still this very object.
   *
   * @throws the signal's reason
   */
  async finish(record: PodRecord, signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    const { name, namespace, uid } = record.pod.metadata;
    for (let retryMs: number = RETRY_MS.first;; retryMs *= 2) {
      signal.throwIfAborted();
      if (record.removed) return;
      try {
        await this.#writeFinal(record);
        await client.delete(PODS, { name: name!, namespace: namespace! }, {
          gracePeriodSeconds: 0,
          preconditions: { uid: uid! },
          signal,
        });
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (hasStatusCode(error, 404)) return;
        // A conflict may be another pod that has its name by now, or a write that somebody came before.
        const isConflict = hasStatusCode(error, 409);
        if (isConflict && await this.#isReplaced(record, signal)) return;
        this.#host.log("warn", "Could not delete a pod that has ended", {
          pod: record.key,
          error,
        });
      }
      await this.#host.clock.sleep(Math.min(retryMs, RETRY_MS.longest), signal);
    }
  }

  /** Whether the API has no such pod any more. */
  async #isReplaced(record: PodRecord, signal: AbortSignal): Promise<boolean> {
    const { name, namespace, uid } = record.pod.metadata;
    try {
      const at = { name: name!, namespace: namespace! };
      const there = await this.#options.client.get(PODS, at, signal);
      return there.metadata.uid !== uid;
    } catch (error) {
      signal.throwIfAborted();
      return hasStatusCode(error, 404);
    }
  }

  /** A final status that the API does not take must not keep the pod for ever. */
  async #writeFinal(record: PodRecord): Promise<void> {
    this.#compute(record);
    try {
      await this.#write(record);
    } catch (error) {
      if (!hasStatusCode(error, 400) && !hasStatusCode(error, 422)) throw error;
      this.#host.log("error", "The API does not take a pod's final status", {
        pod: record.key,
        error,
      });
    }
  }

  /** Learns from the object what the API has. */
  #observe(record: PodRecord): void {
    const pod = this.#shownBy(record.pod);
    if (!pod) {
      this.#sent.delete(record.uid);
      return;
    }
    const version = versionOf(pod);
    const sent = this.#sent.get(record.uid);
    if (sent?.uid !== pod.metadata.uid) {
      this.#sent.set(record.uid, {
        uid: pod.metadata.uid!,
        status: pod.status,
        version,
        writing: false,
        due: false,
      });
    } else if (sent && version > sent.version) {
      sent.status = pod.status;
      sent.version = version;
    }
  }

  #shownBy(pod: Pod): Pod | undefined {
    return this.#options.shownBy ? this.#options.shownBy(pod) : pod;
  }

  /** Computes the status; answers the one before. */
  #compute(record: PodRecord): PodStatus | undefined {
    const before = record.lastStatus;
    record.lastStatus = computePodStatus(record, this.#options.context());
    return before;
  }

  /** What is gone from the API takes no status; a mirror is there until its pod is over. */
  #mayWrite(record: PodRecord): boolean {
    return !record.removed || this.#shownBy(record.pod) !== record.pod &&
        this.#sent.has(record.uid);
  }

  /** Writes the status soon if the API has another one. */
  #schedule(record: PodRecord, before: PodStatus | undefined): void {
    const sent = this.#sent.get(record.uid);
    const status = record.lastStatus;
    if (!sent || !status || !this.#mayWrite(record)) return;
    if (!statusPatch(sent.status, status)) return;
    const onItsWay = status.phase === "Pending" &&
      (before?.phase ?? "Pending") === "Pending" && !record.terminating;
    if (!onItsWay) return this.#start(record);
    if (sent.due) return;
    sent.due = true;
    const timer = this.#host.clock.after(PENDING_DELAY_MS, () => {
      this.#timers.delete(timer);
      this.#start(record);
    });
    this.#timers.add(timer);
  }

  #start(record: PodRecord): void {
    const sent = this.#sent.get(record.uid);
    if (!sent || sent.writing || this.#options.signal.aborted) return;
    this.#host.spawn("pod-status", () => this.#send(record));
  }

  /** Writes until the API has what the record says. */
  async #send(record: PodRecord): Promise<void> {
    const sent = this.#sent.get(record.uid);
    if (!sent || sent.writing) return;
    const { signal } = this.#options;
    sent.writing = true;
    try {
      // What this change brings along at once, such as readiness without probes, belongs into the same write.
      await this.#host.clock.sleep(0, signal);
      let retryMs: number = RETRY_MS.first;
      while (
        this.#mayWrite(record) && this.#sent.get(record.uid) === sent
      ) {
        sent.due = false;
        if (!record.lastStatus) return;
        if (!statusPatch(sent.status, record.lastStatus)) return;
        try {
          await this.#write(record);
          retryMs = RETRY_MS.first;
        } catch (error) {
          if (signal.aborted || hasStatusCode(error, 404)) return;
          this.#host.log("warn", "Could not write a pod's status", {
            pod: record.key,
            error,
          });
          await this.#host.clock.sleep(retryMs, signal);
          retryMs = Math.min(retryMs * 2, RETRY_MS.longest);
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      sent.writing = false;
    }
  }

  async #write(record: PodRecord): Promise<void> {
    const sent = this.#sent.get(record.uid);
    const status = record.lastStatus;
    const patch = status && statusPatch(sent?.status, status);
    const shown = this.#shownBy(record.pod);
    if (!sent || !patch || !shown) return;
    const { name, namespace, uid } = shown.metadata;
    const pod = await this.#limiter.run(() =>
      this.#options.client.patch(
        PODS,
        { name: name!, namespace: namespace! },
        {
          type: "strategic",
          body: { metadata: { uid }, status: patch },
          subresource: "status",
          signal: this.#options.signal,
        },
      )
    );
    // The watch has told of a newer version while the answer was on its way: what that one says stands, and is compared next.
    if (versionOf(pod) < sent.version) return;
    sent.version = versionOf(pod);
    // Somebody else may have written meanwhile (the node controller takes Ready away from the pods of a node that is not): then the answer
    // shows it and we write again. A server that words a field differently would make this endless, so the same difference is told once.
    const left = statusPatch(pod.status, status);
    const text = left && JSON.stringify(left);
    sent.status = text && text !== sent.left ? pod.status : status;
    if (text) sent.left = text;
    else delete sent.left;
  }
}

/** Versions are numbers here: they are compared only with each other, for the same object of our own server. */
function versionOf(pod: Pod): number {
  return Number(pod.metadata.resourceVersion ?? 0);
}
