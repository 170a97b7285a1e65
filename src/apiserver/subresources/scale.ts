/**
 * The scale subresource: an `autoscaling/v1` Scale in front of any kind that has replicas.
 *
 * @module
 */
import { scaleColumns } from "../../api/columns/scale.ts";
import type { Column, Kind, KubeObject, ScaleFields } from "../../api/kind.ts";
import { type Scale, scaleSchema } from "../../api/autoscaling/scale.ts";
import type { ObjectMeta } from "../../api/meta.ts";
import { groupVersion } from "../../api/registry.ts";
import { invalid, notFound } from "../../api/status.ts";
import { type BodyValue, readAppliedBody, readBody } from "../body.ts";
import type { Call } from "../call.ts";
import { answerShown } from "../encode.ts";
import { decodeObject, type DecodeOptions } from "../decode.ts";
import { objectKey } from "../keys.ts";
import { modifyObject } from "../modify_object.ts";
import {
  APPLIED_FIELDS,
  applyConfig,
  checkConfig,
} from "../fields/apply_writer.ts";
import { asJson } from "../fields/kind_versions.ts";
import { requestedBy } from "../fields/writers.ts";
import { APPLY_PATCH, patchType, readPatch } from "../patch_body.ts";
import { readStored } from "../view.ts";
import { checkName } from "../verbs/check_write.ts";
import { writeOf } from "../verbs/create.ts";
import { type WriteParams, writeParams } from "../write_options.ts";

/** The type of the bodies. */
const SCALE = {
  group: "autoscaling",
  version: "v1",
  kind: "Scale",
  schema: scaleSchema,
  setDefaults() {},
} as const;

/** GET …/scale. */
export async function getScale(call: Call): Promise<Response> {
  const { kind, at, api } = call;
  const row = api.store.get(objectKey(kind, at));
  if (row === undefined) throw notFound(kind, at.name);
  return await answerScale(call, row.text);
}

/** PUT …/scale. */
export async function updateScale(call: Call): Promise<Response> {
  const params = writeParams(call.params, "UpdateOptions");
  const { fieldValidation } = params;
  const { warnings } = call;
  const scale = decodeScale(call, await readBody(call.request), {
    fieldValidation,
    warnings,
  });
  return await change(call, params, () => scale);
}

/** PATCH …/scale. */
export async function patchScale(call: Call): Promise<Response> {
  if (await patchType(call.request, { strategic: true }) === APPLY_PATCH) {
    return await applyScale(call);
  }
  const params = writeParams(call.params, "PatchOptions");
  const { fieldValidation } = params;
  const patch = await readPatch(call, {
    type: scaleSchema.type,
    fieldValidation,
  });
  return await change(call, params, (current) => {
    const value = patch.apply(current);
    return decodeScale(call, { value, duplicates: patch.findings }, {
      fieldValidation,
      warnings: call.warnings,
      refuse: (why) => patch.refusal(value, why),
    });
  });
}

async function change(
  call: Call,
  params: WriteParams,
  wanted: (current: Scale) => Scale,
): Promise<Response> {
  const { kind, api } = call;
  const fields = fieldsOf(kind);
  const text = await modifyObject(api, writeOf(call, params), {
    ...modificationOf(call),
    change(current, fresh) {
      const scale = wanted(scaleOf(kind, current));
      const next = fresh();
      fields.setReplicas(next, scale.spec.replicas ?? 0);
      setPreconditions(next.metadata, scale.metadata);
      return next;
    },
  });
  return answerScale(call, text);
}

/** What is applied to a Scale is applied to the field of the object that it stands for, through this subresource. */
async function applyScale(call: Call): Promise<Response> {
  const { kind, api, at } = call;
  const params = writeParams(call.params, "PatchOptions", { apply: true });
  const { value } = await readAppliedBody(call.request);
  const checked = checkConfig(value, { kind: SCALE }, at);
  const scale = decodeScale(call, { value: checked, duplicates: [] }, {
    fieldValidation: "Ignore",
    warnings: [],
  });
  const config: KubeObject & { spec: object } = {
    apiVersion: groupVersion(kind),
    kind: kind.kind,
    metadata: { name: at.name },
    spec: {},
  };
  fieldsOf(kind).setReplicas(config, scale.spec.replicas ?? 0);
  const write = { ...writeOf(call, params), fields: APPLIED_FIELDS };
  const text = await modifyObject(api, write, {
    ...modificationOf(call),
    change(current) {
      const next = applyConfig(asJson(current), {
        ...requestedBy(call),
        config: asJson(config),
        manager: params.fieldManager,
        force: params.force,
        nowMs: api.host.clock.now(),
      }) as unknown as KubeObject;
      setPreconditions(next.metadata, scale.metadata);
      return next;
    },
  });
  return answerScale(call, text);
}

function modificationOf({ at }: Call) {
  return { name: at.name, part: "", subresource: "scale" } as const;
}

async function answerScale(call: Call, text: string): Promise<Response> {
  const { kind } = call;
  await kind.stored?.prepare([text]);
  const scale = scaleOf(kind, readStored(kind, text));
  return answerShown(call, JSON.stringify(scale), {
    kind: { columns: scaleColumns as readonly Column<KubeObject>[] },
  });
}

function setPreconditions(next: ObjectMeta, scale: ObjectMeta): void {
  if (scale.resourceVersion) next.resourceVersion = scale.resourceVersion;
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

/** The Scale of a body. @throws {ApiError} 400 or 422 */
function decodeScale(
  call: Call,
  body: BodyValue,
  options: DecodeOptions,
): Scale {
  const scale = decodeObject(SCALE, body, options);
  const { name } = scale.metadata;
  // A name may be left out here.
  if (name) checkName(name, call.at.name);
  const { replicas = 0 } = scale.spec;
  if (replicas < 0) {
    throw invalid({ group: "autoscaling", kind: "Scale" }, call.at.name, [{
      reason: "FieldValueInvalid",
      field: "spec.replicas",
      message: `Invalid value: ${replicas}: must be greater than or equal to 0`,
    }]);
  }
  return scale;
}
