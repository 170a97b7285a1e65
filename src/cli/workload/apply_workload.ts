/**
 * Brings the objects of a workload to the cluster, again and again with the same outcome.
 *
 * @module
 */
import type { Deployment } from "../../api/apps/deployment.ts";
import type { KubeObject, Resource } from "../../api/kind.ts";
import type { Client } from "../../client/client.ts";
import { DEPLOYMENTS, SERVICES } from "../../client/resources.ts";
import { hasStatusCode } from "../../client/response_error.ts";
import { CliFailure } from "../failure.ts";
import {
  deploymentOf,
  FIELD_MANAGER,
  NAME_LABEL,
  serviceOf,
  type Workload,
} from "./workload.ts";

/** What came of one object. */
export type Outcome = "created" | "configured" | "unchanged";

/** What is in the cluster after it. */
export interface Applied {
  readonly deployment: Deployment;
  readonly outcomes: readonly {
    readonly what: string;
    readonly outcome: Outcome;
  }[];
}

/** The Deployment of this name, if there is one. @throws {CliFailure} when it or the Service of this name is somebody else's */
export async function liveDeployment(
  client: Client,
  { name, namespace }: { readonly name: string; readonly namespace: string },
): Promise<Deployment | undefined> {
  const [live, service] = await Promise.all([
    getOrNothing(client, DEPLOYMENTS, { name, namespace }),
    getOrNothing(client, SERVICES, { name, namespace }),
  ]);
  if (live) refuse("deployment", name, live.spec.selector.matchLabels);
  if (service) refuse("service", name, service.spec.selector);
  return live;
}

/** What selects other pods than ours was made for something else. */
function refuse(
  what: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): void {
  if (labels[NAME_LABEL] === name) return;
  throw new CliFailure(
    `there is a ${what} "${name}" that was not made by wherry run: say another --name`,
  );
}

/** Makes or changes Deployment and Service. @param live the Deployment as it was */
export async function applyWorkload(
  client: Client,
  workload: Workload,
  live: Deployment | undefined,
): Promise<Applied> {
  const service = serviceOf(workload);
  const outcomes: { what: string; outcome: Outcome }[] = [];
  // The service first: its address is there when the first pod is.
  if (service !== undefined) {
    const before = await getOrNothing(client, SERVICES, {
      name: workload.name,
      namespace: workload.namespace,
    });
    const { outcome } = await applyOne(client, SERVICES, {
      object: service,
      before,
    });
    outcomes.push({ what: `service/${workload.name}`, outcome });
  }
  const { object: deployment, outcome } = await applyOne(
    client,
    DEPLOYMENTS,
    { object: deploymentOf(workload), before: live },
  );
  outcomes.push({ what: `deployment.apps/${workload.name}`, outcome });
  return { deployment, outcomes };
}

/** By server-side apply: what we no longer name goes away, what others have set stays. */
async function applyOne<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  { object, before }: { object: T; before: T | undefined },
): Promise<{ object: T; outcome: Outcome }> {
  const { name = "", namespace = "" } = object.metadata;
  const after = await client.patch(resource, { name, namespace }, {
    type: "apply",
    body: object,
    fieldManager: FIELD_MANAGER,
    fieldValidation: "Strict",
    force: true,
  });
  const outcome = before === undefined
    ? "created"
    : before.metadata.resourceVersion === after.metadata.resourceVersion
    ? "unchanged"
    : "configured";
  return { object: after, outcome };
}

/** An object; undefined when there is none. */
export async function getOrNothing<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  name: { readonly name: string; readonly namespace: string },
): Promise<T | undefined> {
  try {
    return await client.get(resource, name);
  } catch (error) {
    if (hasStatusCode(error, 404)) return undefined;
    throw error;
  }
}
