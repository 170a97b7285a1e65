/**
 * PATCH of an object.
 *
 * @module
 */
import { methodNotAllowed } from "../../api/status.ts";
import type { Call } from "../call.ts";
import { decodeObject } from "../decode.ts";
import { answerObject } from "../encode.ts";
import { modifyObject, type Part } from "../modify_object.ts";
import { APPLY_PATCH, patchType, readPatch } from "../patch_body.ts";
import { writeParams } from "../write_options.ts";
import { applyPart } from "./apply.ts";
import { dropRepeatedOwners } from "./check_write.ts";
import { writeOf } from "./create.ts";

/** Patches an object. */
export function patch(call: Call): Promise<Response> {
  return patchPart(call, "");
}

/** Patches an object, or its status. The patch is applied anew to whatever the object is when it is written. */
export async function patchPart(call: Call, part: Part): Promise<Response> {
  const { kind, at, api } = call;
  if (kind.namespaced && at.namespace === "") throw methodNotAllowed();
  const { type } = kind.schema;
  const strategic = type !== undefined;
  if (await patchType(call.request, { strategic }) === APPLY_PATCH) {
    return await applyPart(call, part);
  }
  const params = writeParams(call.params, "PatchOptions");
  const { fieldValidation } = params;
  const body = await readPatch(call, { type, fieldValidation });
  const write = writeOf(call, params);
  const text = await modifyObject(api, write, {
    name: at.name,
    part,
    change(current) {
      const value = body.apply(call.view?.show(current) ?? current);
      const found = { value, duplicates: body.findings };
      const object = decodeObject(kind, found, {
        fieldValidation,
        warnings: write.warnings,
        refuse: (why) => body.refusal(value, why),
      });
      dropRepeatedOwners(object, write.warnings);
      return call.view?.store(object) ?? object;
    },
  });
  return answerObject(call, text);
}
