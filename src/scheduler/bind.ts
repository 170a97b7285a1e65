/**
 * Writes a decision into the API.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { Binding } from "../api/core/binding.ts";
import type { Resource } from "../api/kind.ts";
import type { Pod } from "../api/core/pod.ts";
import { ApiError, isApiError } from "../api/status.ts";
import type { Client } from "../client/client.ts";
import { PODS } from "../client/resources.ts";

/** What became of a binding. `gone`: there is no such pod any more. */
export type BindOutcome =
  | { readonly kind: "bound" }
  | { readonly kind: "gone" }
  | { readonly kind: "refused"; readonly error: unknown };

/** Pause before an unclear outcome is looked at again. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Writes a Binding and finds out for sure what became of it: an answer that got lost may have been a yes, and a pod that is bound after all must
 * not be counted as unplaced.
 *
 * @throws the signal's reason when it aborts
 */
export async function bind(
  host: Host,
  { client, pod, nodeName, signal }: {
    readonly client: Client;
    readonly pod: Pod;
    readonly nodeName: string;
    readonly signal: AbortSignal;
  },
): Promise<BindOutcome> {
  const { name = "", namespace = "", uid } = pod.metadata;
  const binding: Binding = {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name, namespace, ...uid === undefined ? {} : { uid } },
    target: { kind: "Node", name: nodeName },
  };
  try {
    await client.create(PODS as unknown as Resource<Binding>, binding, {
      subresource: "binding",
      signal,
    });
    return { kind: "bound" };
  } catch (error) {
    if (isApiError(error, "NotFound")) return { kind: "gone" };
    if (isDefinite(error)) return { kind: "refused", error };
    return await lookUp(host, { client, pod, nodeName, signal, error });
  }
}

/** Whether the API says no, and nothing was written. A conflict is no such case: somebody wrote the pod, maybe we. */
function isDefinite(error: unknown): boolean {
  return error instanceof ApiError && error.code < 500 && error.code !== 409;
}

async function lookUp(
  host: Host,
  { client, pod, nodeName, signal, error }: {
    readonly client: Client;
    readonly pod: Pod;
    readonly nodeName: string;
    readonly signal: AbortSignal;
    readonly error: unknown;
  },
): Promise<BindOutcome> {
  const { name = "", namespace = "", uid } = pod.metadata;
  while (true) {
    signal.throwIfAborted();
    try {
      const live = await client.get(PODS, { name, namespace }, signal);
      if (live.metadata.uid !== uid) return { kind: "gone" };
      return live.spec.nodeName === nodeName
        ? { kind: "bound" }
        : { kind: "refused", error };
    } catch (failure) {
      if (isApiError(failure, "NotFound")) return { kind: "gone" };
      await host.clock.sleep(LOOK_AGAIN_MS, signal);
    }
  }
}
