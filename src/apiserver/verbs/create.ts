/**
 * POST to a collection.
 *
 * @module
 */
import { badRequest, methodNotAllowed } from "../../api/status.ts";
import type { KubeObject } from "../../api/kind.ts";
import { readBody } from "../body.ts";
import type { Call } from "../call.ts";
import { createObject } from "../create_object.ts";
import { decodeObject } from "../decode.ts";
import { answerObject } from "../encode.ts";
import { writerOf } from "../fields/writers.ts";
import { storedKind } from "../view.ts";
import { bodyOptions, dropRepeatedOwners } from "./check_write.ts";
import { type WriteParams, writeParams } from "../write_options.ts";

/** Makes a new object; answers 201. */
export async function create(call: Call): Promise<Response> {
  const { kind, at } = call;
  if (kind.namespaced && at.namespace === "") throw methodNotAllowed();
  const params = writeParams(call.params, "CreateOptions");
  const object = decodeObject(
    kind,
    await readBody(call.request, bodyOptions(kind)),
    {
      fieldValidation: params.fieldValidation,
      warnings: call.warnings,
    },
  );
  setNamespace(call, object);
  dropRepeatedOwners(object, call.warnings);
  if (object.metadata.resourceVersion) {
    throw badRequest(
      "resourceVersion should not be set on objects to be created",
    );
  }
  const text = await createObject(
    call.api,
    writeOf(call, params),
    call.view?.store(object) ?? object,
  );
  return answerObject(call, text, 201);
}

/** What a call writes; without parameters of a write nobody is noted for the fields that change. */
export function writeOf(
  call: Call,
  params: Pick<WriteParams, "dryRun"> & {
    readonly fieldManager?: string;
    readonly options?: Readonly<Record<string, unknown>>;
  },
) {
  const { fieldManager } = params;
  return {
    kind: storedKind(call),
    namespace: call.at.namespace,
    user: call.user,
    dryRun: params.dryRun,
    warnings: call.warnings,
    options: params.options ?? {},
    ...(call.trail === undefined
      ? {}
      : { annotations: call.trail.annotations }),
    ...(fieldManager === undefined
      ? {}
      : { fields: writerOf(call, fieldManager) }),
  };
}

/** Gives an object the namespace of its path. @throws {ApiError} 400 when it names another */
export function setNamespace(call: Call, object: KubeObject): void {
  const wanted = call.kind.namespaced ? call.at.namespace : "";
  const { metadata } = object;
  if (metadata.namespace && metadata.namespace !== wanted) {
    throw badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
  if (wanted === "") delete metadata.namespace;
  else metadata.namespace = wanted;
}
