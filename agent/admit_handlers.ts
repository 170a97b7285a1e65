/**
 * What a pod that is new on this node has to pass.
 *
 * @module
 */
import type { Host } from "../src/base/host.ts";
import type { ClusterView } from "./cluster_view.ts";
import type { MachineInfo } from "./node/machine.ts";
import type { NodeCare } from "./node/node_care.ts";
import { labelsAndTaints } from "./node/node_status.ts";
import type { AgentOptions } from "./options.ts";
import type { PodAdmitHandler } from "./pod/admission/handler.ts";
import { ownHandlers } from "./pod/admission/own_handlers.ts";
import type { Runtime } from "./runtime/runtime.ts";

/** What {@linkcode admitHandlers} looks at. */
export interface AdmitParts {
  readonly options: AgentOptions;
  readonly machine: MachineInfo;
  /** What pods may have together, by resource. */
  readonly allocatable: Readonly<Record<string, string>>;
  readonly care: NodeCare;
  readonly view: ClusterView;
  readonly runtimes: readonly Runtime[];
}

/**
 * The handlers in kubelet's order.
 *
 * @throws {Error} when a sysctl to allow is malformed or the whole machine's
 */
export async function admitHandlers(
  host: Host,
  { options, machine, allocatable, care, view, runtimes }: AdmitParts,
): Promise<PodAdmitHandler[]> {
  const { nodeName: name, labels = {}, allowedUnsafeSysctls } = options;
  const own = await ownHandlers(host, {
    kernelVersion: machine.kernelVersion,
    ...(allowedUnsafeSysctls && { allowedUnsafeSysctls }),
    node: () => ({
      name,
      ...labelsAndTaints(view.newestNode(), {
        name,
        machine,
        labels,
        runtimes: runtimes.map(({ name }) => ({ name, ready: true })),
      }),
      allocatable,
      // CRI runtimes that can tell so in a status that containerd 1.6 does not have.
      hasStrictGroups: false,
    }),
  });
  return [care.handlers.first, ...own, care.handlers.last];
}
