/**
 * The handlers that every node has.
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";
import { AppArmorAdmission, hasAppArmor } from "./app_armor.ts";
import type { PodAdmitHandler } from "./handler.ts";
import { type NodeFace, NodeFitAdmission } from "./node_fit.ts";
import { SysctlAdmission } from "./sysctls.ts";

/** What the handlers have to know. */
export interface OwnHandlersOptions {
  /** The machine's: `6.1.0-18-amd64`. */
  readonly kernelVersion: string;
  /** See {@linkcode SysctlAdmission}. @default none */
  readonly allowedUnsafeSysctls?: readonly string[];
  /** This node, as it is now. */
  readonly node: () => NodeFace;
}

/**
 * In kubelet's order. What watches over pressure goes before them, what watches over the node's shutdown after them.
 *
 * @throws {Error} when a sysctl to allow is malformed or the whole machine's
 */
export async function ownHandlers(
  host: Pick<Host, "disk">,
  options: OwnHandlersOptions,
): Promise<PodAdmitHandler[]> {
  const { kernelVersion, allowedUnsafeSysctls: allowedUnsafe = [] } = options;
  return [
    new SysctlAdmission({ kernelVersion, allowedUnsafe }),
    new NodeFitAdmission(options.node),
    new AppArmorAdmission(await hasAppArmor(host)),
  ];
}
