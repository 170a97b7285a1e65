/**
 * Which description a kind has.
 *
 * @module
 */
import type { Deployment } from "../../api/apps/deployment.ts";
import type { KubeObject, Resource } from "../../api/kind.ts";
import type { Node } from "../../api/core/node.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { ReplicaSet } from "../../api/apps/replica_set.ts";
import type { Service } from "../../api/core/service.ts";
import type { Client } from "../../client/client.ts";
import { describeGeneric } from "./generic.ts";
import { describeNode } from "./node.ts";
import { describePod } from "./pod.ts";
import { describeService } from "./service.ts";
import { describeDeployment, describeReplicaSet } from "./workload.ts";

/** What a description may ask besides the object. */
export interface DescribeContext {
  readonly client: Client;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Describes an object; its text has tabs between columns. */
export type Describer = (
  object: KubeObject,
  context: DescribeContext,
) => string | Promise<string>;

const DESCRIBERS: Readonly<Record<string, Describer>> = {
  "pods": (object) => describePod(object as Pod),
  "nodes": (object, context) => describeNode(object as Node, context),
  "services": (object, context) => describeService(object as Service, context),
  "deployments.apps": (object, context) =>
    describeDeployment(object as Deployment, context),
  "replicasets.apps": (object) => describeReplicaSet(object as ReplicaSet),
  "replicationcontrollers": (object) =>
    describeReplicaSet(object as ReplicaSet),
};

/** The kind's own, else one that shows all fields. */
export function describerOf({ plural, group }: Resource): Describer {
  return DESCRIBERS[group ? `${plural}.${group}` : plural] ?? describeGeneric;
}
