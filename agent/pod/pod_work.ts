/**
 * What the states of a pod work on.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import type { CgroupLayout } from "../runtime/cgroups/cgroup_layout.ts";
import type { ContainerServices } from "../container/services.ts";
import type { AdmitResult } from "./admission/handler.ts";
import type { ContainerGroup } from "./container_group.ts";
import type { PodRecord } from "./pod_record.ts";

/** What a pod needs of the rest of the agent. */
export interface PodServices {
  /** Shared by all pods of the runtime. */
  readonly containers: ContainerServices;
  /** For one container of a pod, where engines differ. @default as all */
  readonly containersOf?: (pod: Pod, name: string) => ContainerServices;
  /** The pod's volumes. */
  readonly volumes: {
    /**
     * Makes all volumes, or brings them up to date. Idempotent.
     *
     * @throws an error whose message is shown in the FailedMount event
     */
    mount(record: PodRecord): Promise<void>;
    /** Takes the volumes of a pod that has ended off the node, and with them what only it had; logs stay. @default they stay until the end */
    release?(uid: string): Promise<void>;
    /** Removes all that the pod had on the disk, logs too. */
    remove(uid: string): Promise<void>;
  };
  /** The node's own admission. @default every pod is taken */
  readonly admission?: {
    /** Whether the node takes this pod beside those that it has. */
    admit(record: PodRecord): AdmitResult;
    /** Has the node's own labels read again. */
    refreshNode(signal: AbortSignal): Promise<void>;
    /** Ends these pods in favour of another; resolves when they have ended. */
    preempt(pods: readonly Pod[], signal: AbortSignal): Promise<void>;
  };
  /** The pods' control groups. @default limits of pods are not kept */
  readonly cgroups?: {
    /** How the machine's groups are arranged. */
    readonly layout: CgroupLayout;
    /** Makes the pod's unless it is there. */
    ensure(record: PodRecord): Promise<void>;
    /** Removes the pod's and ends what is still in it. */
    remove(uid: string): Promise<void>;
  };
  /** Keeps the final status where a restart finds it. */
  saveFinalStatus(record: PodRecord): Promise<void>;
  /** Sends the final status and deletes the object; tried until it worked or the object is gone. */
  finish(record: PodRecord, signal: AbortSignal): Promise<void>;
}

/** One pod, from the moment in which the node is told of it until nothing of it is left. */
export interface PodWork {
  readonly record: PodRecord;
  readonly services: PodServices;
  /** The workers of its containers. */
  readonly group: ContainerGroup;
  /** Aborts when the agent stops. */
  readonly agent: AbortSignal;
  /** Aborts when the agent stops or the pod is to end. */
  readonly signal: AbortSignal;
}
