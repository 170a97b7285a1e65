/**
 * {@linkcode PodControl}: creates and deletes pods for an owner, and tells.
 *
 * @module
 */
import type { KubeObject, Resource } from "../api/kind.ts";
import type { Pod } from "../api/core/pod.ts";
import type { PodTemplateSpec } from "../api/core/pod_template.ts";
import { isApiError } from "../api/status.ts";
import type { Client } from "../client/client.ts";
import type { EventRecorder } from "../client/event_recorder.ts";
import { PODS } from "../client/resources.ts";
import { controllerReference } from "../loop/owners.ts";

/** Writes pods with the events that Kubernetes' controllers record. */
export class PodControl {
  readonly #client: Client;
  readonly #recorder: EventRecorder;
  readonly #resource: Resource;

  /** `resource` is the owners' kind. */
  constructor(
    client: Client,
    { recorder, resource }: {
      readonly recorder: EventRecorder;
      readonly resource: Resource;
    },
  ) {
    this.#client = client;
    this.#recorder = recorder;
    this.#resource = resource;
  }

  /** Creates a pod from a template. @throws {ApiError} when it is refused */
  async create(
    owner: KubeObject,
    template: PodTemplateSpec,
    signal: AbortSignal,
  ): Promise<Pod> {
    const pod: Pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        generateName: `${owner.metadata.name}-`,
        namespace: owner.metadata.namespace ?? "",
        labels: { ...template.metadata?.labels },
        ...optional("annotations", template.metadata?.annotations),
        ...optional("finalizers", template.metadata?.finalizers),
        ownerReferences: [controllerReference(owner, this.#resource)],
      },
      spec: template.spec,
    };
    try {
      const created = await this.#client.create(PODS, pod, { signal });
      this.#recorder.record(owner, {
        type: "Normal",
        reason: "SuccessfulCreate",
        message: `Created pod: ${created.metadata.name}`,
      });
      return created;
    } catch (error) {
      if (!signal.aborted && !isNamespaceTerminating(error)) {
        this.#recorder.record(owner, {
          type: "Warning",
          reason: "FailedCreate",
          message: `Error creating: ${messageOf(error)}`,
        });
      }
      throw error;
    }
  }

  /** Deletes a pod; one that is gone already counts as deleted. @throws {ApiError} when it is refused */
  async delete(
    owner: KubeObject,
    pod: Pod,
    signal: AbortSignal,
  ): Promise<void> {
    const { name = "", namespace = "", uid } = pod.metadata;
    try {
      await this.#client.delete(PODS, { name, namespace }, {
        ...uid === undefined ? {} : { preconditions: { uid } },
        signal,
      });
    } catch (error) {
      if (isApiError(error, "NotFound")) return;
      if (!signal.aborted) {
        this.#recorder.record(owner, {
          type: "Warning",
          reason: "FailedDelete",
          message: `Error deleting: ${messageOf(error)}`,
        });
      }
      throw error;
    }
    this.#recorder.record(owner, {
      type: "Normal",
      reason: "SuccessfulDelete",
      message: `Deleted pod: ${name}`,
    });
  }
}

/** Whether a create was refused because the namespace is going away: nothing to report, nothing to retry. */
export function isNamespaceTerminating(error: unknown): boolean {
  return isApiError(error, "Forbidden") &&
    (error.status.details?.causes ?? []).some(({ reason }) =>
      reason === "NamespaceTerminating"
    );
}

/** The words of an error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function optional<K extends string, V>(
  key: K,
  value: V | undefined,
): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}
