/**
 * Writes into the status of pods by those who do not run them.
 *
 * @module
 */
import type { Pod } from "../api/core/pod.ts";
import type { PodStatus } from "../api/core/pod_status.ts";
import type { Client } from "../client/client.ts";
import { PODS } from "../client/resources.ts";

/**
 * Merges into the status of this very pod: conditions by type, all else as it is given.
 *
 * @throws {ApiError} `NotFound`, or `Conflict` when another pod has its name
 */
export async function patchPodStatus(
  client: Client,
  pod: Pod,
  { status, signal }: {
    readonly status: Partial<PodStatus>;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { name = "", namespace = "", uid } = pod.metadata;
  await client.patch(PODS, { name, namespace }, {
    type: "strategic",
    subresource: "status",
    body: { metadata: { uid }, status },
    signal,
  });
}
