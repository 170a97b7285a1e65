/**
 * The status subresource: the same object, of which only the status is written.
 *
 * @module
 */
import type { Call } from "../call.ts";
import { get } from "../verbs/get.ts";
import { patchPart } from "../verbs/patch.ts";
import { replace } from "../verbs/update.ts";

/** GET …/status: the whole object. */
export const getStatus: (call: Call) => Promise<Response> = get;

/** PUT …/status. */
export function updateStatus(call: Call): Promise<Response> {
  return replace(call, "status");
}

/** PATCH …/status. */
export function patchStatus(call: Call): Promise<Response> {
  return patchPart(call, "status");
}
