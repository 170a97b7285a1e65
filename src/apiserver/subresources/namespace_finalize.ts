/**
 * namespaces/finalize: the namespace controller removes its finalizer from `spec.finalizers` here.
 *
 * @module
 */
import type { Namespace } from "../../api/core/namespace.ts";
import { readBody } from "../body.ts";
import type { Call } from "../call.ts";
import { decodeObject } from "../decode.ts";
import { answerObject } from "../encode.ts";
import { modifyObject } from "../modify_object.ts";
import { writeOf } from "../verbs/create.ts";
import { writeParams } from "../write_options.ts";

/** PUT /api/v1/namespaces/{name}/finalize: sets `spec.finalizers` and nothing else. */
export async function namespaceFinalize(call: Call): Promise<Response> {
  const params = writeParams(call.params, "UpdateOptions");
  const body = decodeObject(call.kind, await readBody(call.request), {
    fieldValidation: params.fieldValidation,
    warnings: call.warnings,
  }) as Namespace;
  const finalizers = body.spec?.finalizers ?? [];
  const { resourceVersion } = body.metadata;
  const text = await modifyObject(call.api, writeOf(call, params), {
    name: call.at.name,
    part: "",
    subresource: "finalize",
    change(_current, fresh) {
      const next = fresh() as Namespace;
      next.spec = { ...next.spec, finalizers: [...finalizers] };
      if (resourceVersion) next.metadata.resourceVersion = resourceVersion;
      return next;
    },
    direct: true,
  });
  return answerObject(call, text);
}
