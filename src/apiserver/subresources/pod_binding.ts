/**
 * pods/binding and bindings: the scheduler gives a pod its node.
 *
 * @module
 */
import { type Binding, bindings } from "../../api/core/binding.ts";
import { type Pod, pods } from "../../api/core/pod.ts";
import { badRequest, conflict, success } from "../../api/status.ts";
import { formatTime } from "../../api/time.ts";
import { answerJson } from "../answer.ts";
import { readBody } from "../body.ts";
import type { Call } from "../call.ts";
import { decodeObject } from "../decode.ts";
import { modifyObject } from "../modify_object.ts";
import { setNamespace } from "../verbs/create.ts";
import { writeParams } from "../write_options.ts";

/** POST /api/v1/namespaces/{ns}/pods/{name}/binding. */
export function podBinding(call: Call): Promise<Response> {
  return bind(call, call.at.name);
}

/** POST /api/v1/namespaces/{ns}/bindings: the pod is named in the object. */
export function createBinding(call: Call): Promise<Response> {
  return bind(call, undefined);
}

async function bind(call: Call, pod: string | undefined): Promise<Response> {
  const { api } = call;
  const params = writeParams(call.params, "CreateOptions");
  const binding = decodeObject(bindings, await readBody(call.request), {
    fieldValidation: params.fieldValidation,
    warnings: call.warnings,
  });
  setNamespace({ ...call, kind: bindings }, binding);
  const name = pod ?? binding.metadata.name ?? "";
  if (name === "") throw badRequest("name must be provided");
  if (binding.metadata.name && binding.metadata.name !== name) {
    throw badRequest("name in URL does not match name in Binding object");
  }
  const node = binding.target?.name ?? "";
  if (binding.target?.kind && binding.target.kind !== "Node") {
    throw badRequest(
      `Invalid value: ${
        JSON.stringify(binding.target.kind)
      }: must be empty or 'Node'`,
    );
  }
  if (node === "") throw badRequest("target.name: Required value");
  const write = {
    kind: pods,
    namespace: call.at.namespace,
    user: call.user,
    dryRun: params.dryRun,
    warnings: call.warnings,
  };
  const now = formatTime(api.host.clock.now());
  await modifyObject(api, write, {
    name,
    part: "",
    subresource: "binding",
    change(current, fresh) {
      checkBindable(current, binding);
      const next = fresh();
      assign(next, { node, annotations: binding.metadata.annotations, now });
      return next;
    },
    direct: true,
  });
  return answerJson(success(), { status: 201, media: call.accept.media });
}

/** @throws {ApiError} 409 */
function checkBindable(pod: Pod, binding: Binding): void {
  const { name = "", uid } = pod.metadata;
  const wanted = binding.metadata.uid;
  if (wanted && wanted !== uid) {
    throw conflict(
      pods,
      name,
      `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${uid}`,
    );
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw conflict(
      pods,
      name,
      `pod ${name} is being deleted, cannot be assigned to a host`,
    );
  }
  if (pod.spec.nodeName) {
    throw conflict(
      pods,
      name,
      `pod ${name} is already assigned to node ${
        JSON.stringify(pod.spec.nodeName)
      }`,
    );
  }
  if ((pod.spec.schedulingGates?.length ?? 0) > 0) {
    throw conflict(
      pods,
      name,
      `pod ${name} has non-empty .spec.schedulingGates`,
    );
  }
}

function assign(
  pod: Pod,
  { node, annotations, now }: {
    node: string;
    annotations: Record<string, string> | undefined;
    now: string;
  },
): void {
  pod.spec.nodeName = node;
  if (annotations !== undefined) {
    pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations };
  }
  pod.status ??= {};
  const conditions = (pod.status.conditions ?? [])
    .filter(({ type }) => type !== "PodScheduled");
  conditions.push({
    type: "PodScheduled",
    status: "True",
    lastTransitionTime: now,
  });
  pod.status.conditions = conditions;
}
