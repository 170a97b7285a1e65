/**
 * pods/eviction: deletes a pod with grace. (Disruption budgets are not asked yet; there is no such kind.)
 *
 * @module
 */
import { badRequest, success } from "../../api/status.ts";
import { answerJson } from "../answer.ts";
import { readBody } from "../body.ts";
import type { Call } from "../call.ts";
import { deleteObject } from "../delete_object.ts";
import { bodyParams } from "../delete_params.ts";
import { writeOf } from "../verbs/create.ts";
import { writeParams } from "../write_options.ts";

/** POST /api/v1/namespaces/{ns}/pods/{name}/eviction. */
export async function podEviction(call: Call): Promise<Response> {
  const { dryRun } = writeParams(call.params, "CreateOptions");
  const { value: body } = await readBody(call.request);
  if (typeof body !== "object" || body === null) {
    throw badRequest(
      "the object provided is unrecognized (must be of type Eviction)",
    );
  }
  const { metadata, deleteOptions, kind } = body as {
    kind?: unknown;
    metadata?: { name?: unknown };
    deleteOptions?: unknown;
  };
  if (kind !== undefined && kind !== "Eviction") {
    throw badRequest(
      "the object provided is unrecognized (must be of type Eviction)",
    );
  }
  if (metadata?.name !== undefined && metadata.name !== call.at.name) {
    throw badRequest("name in URL does not match name in Eviction object");
  }
  const params = bodyParams(deleteOptions ?? {});
  await deleteObject(
    call.api,
    writeOf(call, { dryRun: dryRun || params.dryRun }),
    { name: call.at.name, params },
  );
  return answerJson(success(), { status: 201, media: call.accept.media });
}
