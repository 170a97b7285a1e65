/**
 * `wherry top`.
 *
 * @module
 */
import type { Node } from "../../api/core/node.ts";
import { nodes } from "../../api/core/node.ts";
import { pods } from "../../api/core/pod.ts";
import {
  type NodeMetrics,
  nodeMetrics,
} from "../../api/metrics/node_metrics.ts";
import { type PodMetrics, podMetrics } from "../../api/metrics/pod_metrics.ts";
import type { CliContext } from "../context.ts";
import { CliFailure, EXIT_OK } from "../failure.ts";
import { alignCells } from "../table.ts";
import { nodeTable, podTable, type TopOptions } from "../top_table.ts";

/** Flags of `top nodes`. */
export interface TopNodesFlags extends TopOptions {
  readonly selector?: string;
  readonly showCapacity?: boolean;
}

/** Flags of `top pods`. */
export interface TopPodsFlags extends TopOptions {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly containers?: boolean;
  readonly sum?: boolean;
}

/** Prints what nodes use. */
export async function topNodes(
  context: CliContext,
  name: string | undefined,
  flags: TopNodesFlags,
): Promise<number> {
  const client = await context.client();
  const query = selectorOf(flags);
  let used: NodeMetrics[];
  let known: Node[];
  if (name !== undefined) {
    used = [await client.get(nodeMetrics, { name })];
    known = [await client.get(nodes, { name })];
  } else {
    used = [...(await client.list(nodeMetrics, query)).items];
    known = [...(await client.list(nodes, query)).items];
  }
  if (used.length === 0) throw new CliFailure("metrics not available yet");
  const available = new Map(known.map(({ metadata, status }) => [
    metadata.name!,
    (flags.showCapacity ? status?.capacity : status?.allocatable) ?? {},
  ]));
  await context.terminal.out(alignCells(nodeTable(used, available, flags)));
  return EXIT_OK;
}

/** Prints what pods use. */
export async function topPods(
  context: CliContext,
  name: string | undefined,
  flags: TopPodsFlags,
): Promise<number> {
  const client = await context.client();
  const namespace = await context.namespace();
  const where = flags.allNamespaces ? {} : { namespace };
  let used: PodMetrics[];
  if (name !== undefined) {
    used = [await client.get(podMetrics, { name, namespace })];
  } else {
    const query = { ...where, ...selectorOf(flags) };
    used = [...(await client.list(podMetrics, query)).items];
    if (used.length === 0) {
      const there = await client.list(pods, query);
      if (there.items.length > 0) {
        throw new CliFailure("metrics not available yet");
      }
      await context.terminal.err(
        flags.allNamespaces
          ? "No resources found"
          : `No resources found in ${namespace} namespace.`,
      );
      return EXIT_OK;
    }
  }
  await context.terminal.out(alignCells(podTable(used, {
    ...flags,
    withNamespace: flags.allNamespaces ?? false,
  })));
  return EXIT_OK;
}

function selectorOf(
  flags: { readonly selector?: string; readonly fieldSelector?: string },
): { labelSelector?: string; fieldSelector?: string } {
  return {
    ...flags.selector !== undefined && { labelSelector: flags.selector },
    ...flags.fieldSelector !== undefined && {
      fieldSelector: flags.fieldSelector,
    },
  };
}
