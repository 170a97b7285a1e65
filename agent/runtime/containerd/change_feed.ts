/**
 * Tells when containers and sandboxes changed by themselves, above all when one ended. Nothing is polled in between.
 *
 * Three sources, the first that the runtime has: the CRI's GetContainerEvents (containerd from 1.7, CRI-O), containerd's own
 * event service (1.6), and, for a runtime with neither, looking once a second.
 *
 * @module
 */

import { fromBinary } from "@bufbuild/protobuf";
import { messageOf } from "../../../src/base/errors.ts";
import type { Host, Timer } from "../../../src/base/host.ts";
import { ContainerState, RuntimeService } from "./gen/cri_pb.ts";
import { Events, TaskEventSchema } from "./gen/containerd_events_pb.ts";
import type { GrpcChannel } from "./grpc_channel.ts";
import { isGrpc } from "./grpc_error.ts";
import { OWN } from "./labels.ts";

/** Ends of processes in the CRI's namespace of containerd. */
const TASK_FILTERS = [`namespace==k8s.io,topic=="/tasks/exit"`];

/** containerd tells of an exit a few milliseconds before its CRI part knows; looked for with growing pauses up to this. */
const SETTLE_LIMIT_MS = 10_000;
const POLL_MS = 1_000;
const RECONNECT_MS = { first: 50, most: 5_000 } as const;

/** A server does not say when a subscription has begun: after these times everything is looked at once more. */
const SUBSCRIBED_AFTER_MS = [100, 2_000] as const;

/** How long, in milliseconds, a runtime may be away before anybody is told: one that is restarted is back sooner. */
export const AWAY_MS = 10_000;

/** What the feed needs of its runtime. */
export interface ChangeFeedOptions {
  readonly channel: GrpcChannel;
  /** Called with the sandbox's id, or with undefined when anything may have changed (after a gap). */
  readonly onChange: (sandboxId: string | undefined) => void;
  /** Brings the runtime back after the connection broke. */
  readonly revive: () => Promise<void>;
  /** Called once when that has not worked for {@linkcode AWAY_MS}. */
  readonly onAway?: () => void;
}

/** Follows one runtime's events from its start until it is disposed. */
export class ChangeFeed implements Disposable {
  readonly #host: Host;
  readonly #options: ChangeFeedOptions;
  readonly #stop = new AbortController();

  constructor(host: Host, options: ChangeFeedOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Begins to follow; call it once. */
  start(): void {
    this.#host.spawn("container events", () => this.#run());
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new DOMException("The feed is closed", "AbortError"));
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let pauseMs: number = RECONNECT_MS.first;
    let away: Timer | undefined;
    signal.addEventListener("abort", () => away?.cancel());
    while (!signal.aborted) {
      const since = this.#host.clock.monotonicMs();
      const looks = SUBSCRIBED_AFTER_MS.map((ms) =>
        this.#host.clock.after(ms, () => this.#options.onChange(undefined))
      );
      try {
        await this.#follow(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#host.log("warn", "Lost the container runtime's events", {
          error: messageOf(error),
        });
      } finally {
        for (const look of looks) look.cancel();
      }
      if (this.#host.clock.monotonicMs() - since > RECONNECT_MS.most) {
        pauseMs = RECONNECT_MS.first;
      }
      away ??= this.#host.clock.after(
        AWAY_MS,
        () => this.#options.onAway?.(),
      );
      await this.#host.clock.sleep(pauseMs, signal);
      pauseMs = Math.min(2 * pauseMs, RECONNECT_MS.most);
      try {
        await this.#options.revive();
        away.cancel();
        away = undefined;
      } catch (error) {
        this.#host.log("error", "Cannot bring the container runtime back", {
          error: messageOf(error),
        });
      }
      // What happened in between was not told.
      this.#options.onChange(undefined);
    }
  }

  /** Ends with an error when the connection breaks. */
  async #follow(signal: AbortSignal): Promise<void> {
    for (const source of [this.#criEvents, this.#taskEvents]) {
      try {
        return await source.call(this, signal);
      } catch (error) {
        if (!isGrpc(error, "Unimplemented")) throw error;
      }
    }
    while (!signal.aborted) {
      await this.#host.clock.sleep(POLL_MS, signal);
      this.#options.onChange(undefined);
    }
  }

  async #criEvents(signal: AbortSignal): Promise<void> {
    const { channel, onChange } = this.#options;
    const events = channel.stream(
      RuntimeService.method.getContainerEvents,
      {},
      {
        signal,
      },
    );
    for await (const event of events) {
      const own = event.podSandboxStatus?.labels ?? {};
      const isOurs = Object.entries(OWN).every(([k, v]) => own[k] === v);
      if (isOurs) onChange(event.podSandboxStatus?.id);
    }
  }

  async #taskEvents(signal: AbortSignal): Promise<void> {
    const events = this.#options.channel.stream(Events.method.subscribe, {
      filters: TASK_FILTERS,
    }, { signal });
    for await (const { event } of events) {
      if (!event) continue;
      const task = fromBinary(TaskEventSchema, event.value);
      // The end of an exec is nobody's state.
      if (task.id !== "" && task.id !== task.containerId) continue;
      this.#host.spawn(
        "container exit",
        () => this.#settle(task.containerId, signal),
      );
    }
  }

  /** Tells of the change once the CRI shows it. A containerd namespace may hold others' containers: they are not ours to tell. */
  async #settle(id: string, signal: AbortSignal): Promise<void> {
    const { channel, onChange } = this.#options;
    const { clock } = this.#host;
    const deadline = clock.monotonicMs() + SETTLE_LIMIT_MS;
    for (let pauseMs = 2;; pauseMs *= 2) {
      try {
        const { containers } = await channel.unary(
          RuntimeService.method.listContainers,
          { filter: { id } },
          { signal },
        );
        const [container] = containers;
        // Without a container of this id it is a sandbox, or removed already.
        if (!container) return onChange(id);
        // One that ends at once is shown as created, then as running, and only then as what it is.
        const isSettled =
          container.state !== ContainerState.CONTAINER_CREATED &&
          container.state !== ContainerState.CONTAINER_RUNNING;
        if (isSettled || clock.monotonicMs() > deadline) {
          return onChange(container.podSandboxId);
        }
      } catch (error) {
        // The gap is told of by the feed itself.
        if (isGrpc(error, "Unavailable")) return;
        throw error;
      }
      await clock.sleep(pauseMs, signal);
    }
  }
}
