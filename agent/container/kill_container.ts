/**
 * Ends one container by the book: preStop hook, its turn, TERM, and KILL when the grace is over.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import { messageOf, Stopped } from "../../src/base/errors.ts";
import { commandsOf } from "./commands.ts";
import { type Grace, LEAST_GRACE_MS } from "./grace.ts";
import { runHook } from "./lifecycle_hook.ts";
import type { PodFace } from "./pod_face.ts";
import { unlessAborted } from "./race.ts";
import type { ContainerServices } from "./services.ts";

/** What {@linkcode killContainer} ends. */
export interface KillOrder {
  readonly pod: PodFace;
  readonly services: ContainerServices;
  /** As the pod's spec has it; absent when it does not any more. */
  readonly container: Container | undefined;
  /** The runtime's id. */
  readonly id: string;
  readonly name: string;
  /** Whether it is an init container; for events. */
  readonly init: boolean;
  readonly grace: Grace;
  /** Resolves when it may get TERM; not waited for longer than the grace lasts. @default at once */
  readonly turn?: () => Promise<void>;
  /** Aborts when somebody else sees to it, or nobody. */
  readonly signal: AbortSignal;
}

/**
 * Resolves when it has ended.
 *
 * @throws when the runtime did not do it, or the signal's reason
 */
export async function killContainer(order: KillOrder): Promise<void> {
  const { container, grace, turn, signal } = order;
  if (container?.lifecycle?.preStop && grace.leftMs() > 0) {
    await preStop(order, container);
  }
  if (turn) await grace.within(turn(), signal);
  await stop(order);
}

/** A hook that fails is told of, and one that outlasts the grace left alone: the container is stopped all the same. */
async function preStop(order: KillOrder, container: Container): Promise<void> {
  const { pod, services, id, name, init, grace, signal } = order;
  const { host, events } = services;
  const [ip] = pod.sandbox?.ips ?? [];
  const tell = (reason: string, message: string) =>
    events.event(pod.pod, {
      type: "Warning",
      reason,
      message,
      container: name,
      init,
    });
  const over = new AbortController();
  const running = runHook(host, container.lifecycle!.preStop!, {
    pod: pod.pod,
    container,
    ...(ip !== undefined && { ip }),
    exec: commandsOf({ services, spec: container }, id),
    signal: AbortSignal.any([signal, over.signal]),
    onFallback: (at) => tell("LifecycleHTTPFallback", fallbackMessage(at)),
  }).catch((error) => {
    if (signal.aborted || over.signal.aborted) return;
    host.log("warn", "A preStop hook failed", {
      pod: pod.pod.metadata.name,
      container: name,
      error: messageOf(error),
    });
    // No more than kubelet says: what a hook prints may be secret.
    tell("FailedPreStopHook", "PreStopHook failed");
  });
  try {
    await grace.within(running, signal);
  } finally {
    over.abort(new Stopped("The grace is over"));
  }
}

/** kubelet's words about a server that does not speak HTTPS. */
export function fallbackMessage(host: string): string {
  return `request to HTTPS lifecycle hook ${host} got HTTP response, retry with HTTP succeeded`;
}

/** TERM, then KILL. A shorter grace that is wished for meanwhile counts at once. */
async function stop(order: KillOrder): Promise<void> {
  const { pod, services, container, id, grace, signal } = order;
  const stopSignal = container?.lifecycle?.stopSignal;
  for (;;) {
    const seen = pod.bell.rings;
    const graceMs = Math.max(LEAST_GRACE_MS, grace.leftMs());
    const waiting = new AbortController();
    const stopped = services.runtime.stopContainer(id, graceMs, {
      ...(stopSignal !== undefined && { stopSignal }),
    }).then(() => true);
    const shortened = grace.shortened(seen, waiting.signal)
      .then(() => false, () => false);
    try {
      const isOver = await unlessAborted(
        Promise.race([stopped, shortened]),
        signal,
      );
      if (isOver) return;
    } finally {
      stopped.catch(() => {}); // the impatient one tells
      waiting.abort(new Stopped("The stop is over"));
    }
  }
}
