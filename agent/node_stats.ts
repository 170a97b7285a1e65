/**
 * Makes what tells of usage from the agent's parts.
 *
 * @module
 */
import type { Host } from "../src/base/host.ts";
import type { Pod } from "../src/api/core/pod.ts";
import type { Volume } from "../src/api/core/volume.ts";
import { logFolder } from "./pod/sandbox_config.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { podCgroup, PODS_CGROUP } from "./runtime/cgroups/pod_cgroup.ts";
import type { NodeProbes } from "./probes/node_probes.ts";
import type { StatsParts } from "./stats/answers.ts";
import { LookingStats } from "./stats/node_stats.ts";
import type { StatsPod } from "./stats/pod_look.ts";

/** What {@linkcode makeNodeStats} needs of the agent. */
export interface NodeStatsParts {
  readonly dataDir: string;
  readonly nodeName: string;
  readonly runtimes: readonly Runtime[];
  /** The pods that are here. */
  readonly pods: () => readonly StatsPod[];
  /** Where a pod's volume lies; undefined while it is not made. */
  readonly volumePath: (pod: Pod, volume: Volume) => string | undefined;
}

/** What tells what the node and its pods use. Nothing happens until it is asked. */
export function makeNodeStats(host: Host, parts: NodeStatsParts): LookingStats {
  const { dataDir } = parts;
  return new LookingStats(host, {
    ...parts,
    podCgroup,
    podsCgroup: PODS_CGROUP,
    logFolder: (pod) => logFolder(dataDir, identityOf(pod)),
    // What lies elsewhere on the node is not the pod's.
    volumePath: (pod, volume) =>
      volume.hostPath ? undefined : parts.volumePath(pod, volume),
  });
}

/** Answers what is asked about usage. Most nodes are seldom asked: what it takes is loaded with the first question. */
export function statsAnswers(
  host: Host,
  parts: Omit<StatsParts, "probeMetrics"> & { readonly probes: NodeProbes },
): (request: Request) => Promise<Response> {
  return async (request) => {
    const { statsAnswer } = await import("./stats/answers.ts");
    return await statsAnswer(host, {
      ...parts,
      probeMetrics: async () => {
        const { probeMetrics } = await import("./probes/probe_metrics.ts");
        return probeMetrics(parts.probes.counts, parts.stats.startedAt);
      },
    }, request);
  };
}

function identityOf(
  { metadata }: Pod,
): { namespace: string; name: string; uid: string } {
  return {
    namespace: metadata.namespace!,
    name: metadata.name!,
    uid: metadata.uid!,
  };
}
