/**
 * PUT of an object.
 *
 * @module
 */
import { methodNotAllowed, notFound } from "../../api/status.ts";
import { readBody } from "../body.ts";
import type { Call } from "../call.ts";
import { createObject } from "../create_object.ts";
import { decodeObject } from "../decode.ts";
import { answerObject } from "../encode.ts";
import { objectKey } from "../keys.ts";
import { modifyObject, type Part } from "../modify_object.ts";
import { writeParams } from "../write_options.ts";
import {
  authorizeCreate,
  bodyOptions,
  checkName,
  dropRepeatedOwners,
} from "./check_write.ts";
import { setNamespace, writeOf } from "./create.ts";
import { hooksOf } from "../write.ts";

/** Replaces an object. */
export function update(call: Call): Promise<Response> {
  return replace(call, "");
}

/** Replaces an object, or its status. */
export async function replace(call: Call, part: Part): Promise<Response> {
  const { kind, at, api } = call;
  if (kind.namespaced && at.namespace === "") throw methodNotAllowed();
  const params = writeParams(call.params, "UpdateOptions");
  const body = await readBody(call.request, bodyOptions(kind));
  const decode = () =>
    decodeObject(kind, body, {
      fieldValidation: params.fieldValidation,
      warnings: [],
    });
  const first = decodeObject(kind, body, {
    fieldValidation: params.fieldValidation,
    warnings: call.warnings,
  });
  checkName(first.metadata.name, at.name);
  setNamespace(call, first);
  dropRepeatedOwners(first, call.warnings);
  const write = writeOf(call, params);
  const missing = api.store.get(objectKey(kind, at)) === undefined;
  if (missing) {
    const allowed = part === "" && hooksOf(api, kind).createsOnUpdate === true;
    if (!allowed) throw notFound(kind, at.name);
    authorizeCreate(call);
    const object = call.view?.store(first) ?? first;
    return answerObject(call, await createObject(api, write, object), 201);
  }
  let unused: typeof first | undefined = first;
  const text = await modifyObject(api, write, {
    name: at.name,
    part,
    change() {
      // The strategy changes what it gets, so each run needs an object of its own; there is rarely a second.
      const object = unused ?? decode();
      unused = undefined;
      setNamespace(call, object);
      dropRepeatedOwners(object, []);
      return call.view?.store(object) ?? object;
    },
  });
  return answerObject(call, text);
}
