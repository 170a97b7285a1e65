/**
 * The scale subresource: an `autoscaling/v1` Scale in front of any kind that has replicas.
 *
 * @module
 */
import type { Kind, KubeObject, ScaleFields } from "../../api/kind.ts";
import type { ObjectMeta } from "../../api/meta.ts";
import { badRequest, invalid, notFound } from "../../api/status.ts";
import { answerJson } from "../answer.ts";
import { readBody } from "../body.ts";
import type { Call } from "../call.ts";
import { objectKey } from "../keys.ts";
import { modifyObject } from "../modify_object.ts";
import { readPatch } from "../patch_body.ts";
import { writeOf } from "../verbs/create.ts";
import { writeParams } from "../write_options.ts";

interface Scale {
  kind: "Scale";
  apiVersion: "autoscaling/v1";
  metadata: ObjectMeta;
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
}

/** GET …/scale. */
export function getScale(call: Call): Response {
  const { kind, at, api } = call;
  const row = api.store.get(objectKey(kind, at));
  if (row === undefined) throw notFound(kind, at.name);
  return answerJson(scaleOf(kind, JSON.parse(row.text)), {
    media: call.accept.media,
  });
}

/** PUT …/scale. */
export async function updateScale(call: Call): Promise<Response> {
  const { value: body } = await readBody(call.request);
  return await change(call, () => checkScale(call, body));
}

/** PATCH …/scale. */
export async function patchScale(call: Call): Promise<Response> {
  const { fieldValidation } = writeParams(call.params, "PatchOptions");
  const patch = await readPatch(call, { fieldValidation });
  return await change(
    call,
    (current) => checkScale(call, patch.apply(current)),
  );
}

async function change(
  call: Call,
  wanted: (current: Scale) => Scale,
): Promise<Response> {
  const { kind, at, api } = call;
  const params = writeParams(call.params, "UpdateOptions");
  const fields = fieldsOf(kind);
  const text = await modifyObject(api, writeOf(call, params), {
    name: at.name,
    part: "",
    subresource: "scale",
    change(current, fresh) {
      const scale = wanted(scaleOf(kind, current));
      const next = fresh();
      fields.setReplicas(next, scale.spec.replicas ?? 0);
      setPreconditions(next.metadata, scale.metadata);
      return next;
    },
  });
  return answerJson(scaleOf(kind, JSON.parse(text)), {
    media: call.accept.media,
    warnings: call.warnings,
  });
}

function setPreconditions(next: ObjectMeta, scale: ObjectMeta): void {
  if (scale.resourceVersion) next.resourceVersion = scale.resourceVersion;
  else delete next.resourceVersion;
  if (scale.uid) next.uid = scale.uid;
}

function fieldsOf(kind: Kind): ScaleFields<KubeObject> {
  if (kind.scale === undefined) {
    throw new Error(`Cannot scale a "${kind.kind}": it names no scale fields`);
  }
  return kind.scale;
}

function scaleOf(kind: Kind, object: KubeObject): Scale {
  const fields = fieldsOf(kind);
  const { name, namespace, uid, resourceVersion, creationTimestamp } =
    object.metadata;
  const selector = fields.selector(object);
  const replicas = fields.replicas(object);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: JSON.parse(
      JSON.stringify({
        name,
        namespace,
        uid,
        resourceVersion,
        creationTimestamp,
      }),
    ),
    spec: replicas === 0 ? {} : { replicas },
    status: {
      replicas: fields.statusReplicas(object),
      ...(selector === "" ? {} : { selector }),
    },
  };
}

/** @throws {ApiError} 400 or 422 */
function checkScale(call: Call, value: unknown): Scale {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badRequest(
      "the object provided is unrecognized (must be of type Scale)",
    );
  }
  const scale = value as Partial<Scale>;
  if (scale.kind !== undefined && scale.kind !== "Scale") {
    throw badRequest(
      `the object provided is unrecognized (must be of type Scale): ${scale.kind}`,
    );
  }
  const metadata = scale.metadata ?? {};
  if (metadata.name !== undefined && metadata.name !== call.at.name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${call.at.name})`,
    );
  }
  const replicas = scale.spec?.replicas ?? 0;
  if (typeof replicas !== "number" || !Number.isInteger(replicas)) {
    throw badRequest(
      `Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal ${typeof replicas} into Go struct field ScaleSpec.spec.replicas of type int32`,
    );
  }
  if (replicas < 0) {
    throw invalid({ group: "autoscaling", kind: "Scale" }, call.at.name, [{
      reason: "FieldValueInvalid",
      field: "spec.replicas",
      message: `Invalid value: ${replicas}: must be greater than or equal to 0`,
    }]);
  }
  return { ...scale, metadata, spec: { replicas } } as Scale;
}
