/**
 * PATCH with an applied configuration: server-side apply.
 *
 * @module
 */
import type { KubeObject } from "../../api/kind.ts";
import type { JsonObject } from "../../api/patch/json_value.ts";
import {
  badRequest,
  conflict,
  isApiError,
  notFound,
} from "../../api/status.ts";
import { type BodyValue, readAppliedBody } from "../body.ts";
import type { Call } from "../call.ts";
import { createObject } from "../create_object.ts";
import { decodeObject } from "../decode.ts";
import { answerObject } from "../encode.ts";
import {
  APPLIED_FIELDS,
  applyConfig,
  checkConfig,
} from "../fields/apply_writer.ts";
import { asJson } from "../fields/kind_versions.ts";
import { requestedBy } from "../fields/writers.ts";
import { objectKey } from "../keys.ts";
import { modifyObject, type Part } from "../modify_object.ts";
import { storedKind } from "../view.ts";
import { type WriteParams, writeParams } from "../write_options.ts";
import { authorizeCreate, checkName } from "./check_write.ts";
import { setNamespace, writeOf } from "./create.ts";

/** How often an apply that finds the object gone, or there, changes its mind. */
const ATTEMPTS = 5;

/** Applies a configuration to an object, or makes the object from it. */
export async function applyPart(call: Call, part: Part): Promise<Response> {
  const { api, at } = call;
  const params = writeParams(call.params, "PatchOptions", { apply: true });
  const body = await readAppliedBody(call.request);
  const config = checkConfig(body.value, call, at);
  noteDuplicates(call, body, params);
  for (let attempt = 1;; attempt++) {
    const missing =
      api.store.get(objectKey(storedKind(call), at)) === undefined;
    try {
      return missing
        ? await applyNew(call, { config, params, part })
        : await applyOld(call, { config, params, part });
    } catch (error) {
      const raced = isApiError(error, missing ? "AlreadyExists" : "NotFound");
      if (!raced || part !== "" || attempt >= ATTEMPTS) throw error;
    }
  }
}

interface Work {
  readonly config: JsonObject;
  readonly params: WriteParams;
  readonly part: Part;
}

async function applyNew(
  call: Call,
  { config, params, part }: Work,
): Promise<Response> {
  const { api, kind, at } = call;
  // A subresource never makes its object.
  if (part !== "" || at.subresource !== "") throw notFound(kind, at.name);
  const object = applied(call, undefined, { config, params });
  const { uid, resourceVersion } = object.metadata;
  if (uid) {
    throw conflict(
      kind,
      at.name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    );
  }
  if (resourceVersion && resourceVersion !== "0") throw conflict(kind, at.name);
  authorizeCreate(call);
  const write = { ...writeOf(call, params), fields: APPLIED_FIELDS };
  return answerObject(call, await createObject(api, write, object), 201);
}

async function applyOld(
  call: Call,
  { config, params, part }: Work,
): Promise<Response> {
  const write = { ...writeOf(call, params), fields: APPLIED_FIELDS };
  const text = await modifyObject(call.api, write, {
    name: call.at.name,
    part,
    subresource: call.at.subresource,
    change: (current) => applied(call, current, { config, params }),
  });
  return answerObject(call, text);
}

/** The object with the configuration in it, as it is stored. */
function applied(
  call: Call,
  current: KubeObject | undefined,
  { config, params }: Pick<Work, "config" | "params">,
): KubeObject {
  const { kind, view, api } = call;
  const live = current === undefined || view === undefined
    ? current
    : view.show(current);
  const value = applyConfig(live === undefined ? undefined : asJson(live), {
    ...requestedBy(call),
    config,
    manager: params.fieldManager,
    force: params.force,
    nowMs: api.host.clock.now(),
  });
  const object = decodeObject(kind, { value, duplicates: [] }, {
    fieldValidation: "Ignore",
    warnings: [],
  });
  checkName(object.metadata.name, call.at.name);
  setNamespace(call, object);
  return view?.store(object) ?? object;
}

/** Keys that come twice. @throws {ApiError} 400 with `Strict` */
function noteDuplicates(
  call: Call,
  { duplicates }: BodyValue,
  { fieldValidation }: WriteParams,
): void {
  if (duplicates.length === 0 || fieldValidation === "Ignore") return;
  const text = `error converting YAML to JSON: yaml: unmarshal errors:\n${
    duplicates.map((line) => `  ${line}`).join("\n")
  }`;
  if (fieldValidation === "Strict") {
    throw badRequest(`error strict decoding YAML: ${text}`);
  }
  call.warnings.push(text);
}
