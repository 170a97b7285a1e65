/**
 * Subresources that write a part of the object that the kind names (`parts` of a Kind).
 *
 * @module
 */
import { get } from "../verbs/get.ts";
import { patchPart } from "../verbs/patch.ts";
import { replace } from "../verbs/update.ts";
import type { SubresourceHandlers } from "./subresources.ts";

/** Handlers of such a subresource. */
export function partHandlers(name: string): SubresourceHandlers {
  return {
    get,
    update: (call) => replace(call, name),
    patch: (call) => patchPart(call, name),
  };
}
