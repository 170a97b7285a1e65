/**
 * What all container workers of a runtime share.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type { Host } from "../../src/base/host.ts";
import type {
  ContainerConfig,
  Runtime,
  SandboxConfig,
} from "../runtime/runtime.ts";
import type { ImagePuller, PullAuth } from "./image_puller.ts";
import type { Limiter } from "../../src/base/limiter.ts";
import type { PodEvents } from "./pod_events.ts";
import type { NodeProbes } from "../probes/node_probes.ts";
import type { PodFace } from "./pod_face.ts";

/** A container about to be created. */
export interface ContainerPlan {
  readonly container: Container;
  /** 0 for the first start in the pod, then 1, 2 …; the restart count. */
  readonly attempt: number;
  /** As the runtime named the image when it was pulled. */
  readonly imageRef: string;
}

/** Given to every worker. */
export interface ContainerServices {
  readonly host: Host;
  readonly runtime: Runtime;
  readonly images: ImagePuller;
  readonly events: PodEvents;
  /** Bounds the heavy calls (create, start) of all pods together. */
  readonly limiter: Limiter;
  /** What all probes of the node share. */
  readonly probes: NodeProbes;
  /** What the runtime is told. @throws {RuntimeError} `CreateContainerConfigError` when something that it refers to is missing */
  configure(pod: PodFace, plan: ContainerPlan): Promise<ContainerConfig>;
  /** How the pod's sandbox was or would be made. @throws {RuntimeError} when a wish of the pod cannot be met */
  sandboxConfig(pod: PodFace, options?: {
    /** Whether the pod's user is told what of it was left out. @default false */
    readonly tell?: boolean;
  }): Promise<SandboxConfig>;
  /** The folder of the pod on the node's disk. */
  podFolder(pod: PodFace): string;
  /** Credentials for the image, from the pod's `imagePullSecrets`; they are tried in turn. */
  pullAuth(pod: PodFace, image: string): Promise<readonly PullAuth[]>;
}
