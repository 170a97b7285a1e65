/**
 * CustomResourceDefinitions: a definition that is deleted stays until the objects of its kind are gone.
 *
 * @module
 */
import {
  conditionOf,
  CUSTOM_RESOURCE_CLEANUP,
  type CustomResourceDefinition,
} from "../../api/apiextensions/custom_resource_definition.ts";
import { formatTime } from "../../api/time.ts";
import { withCondition } from "../extensions/definition_status.ts";
import type { KindHooks } from "./kind_hooks.ts";

function hasBegun(definition: CustomResourceDefinition): boolean {
  return conditionOf(definition, "Terminating") !== undefined;
}

/** What the deletion of a definition does beside the generic path: the finalizer keeps it until its objects are gone. */
export function definitionHooks(
  now: () => number,
): KindHooks<CustomResourceDefinition> {
  return {
    // From the first request to delete on, the finalizer in the metadata counts.
    finalizers: (definition) =>
      hasBegun(definition) ? [] : [CUSTOM_RESOURCE_CLEANUP],
    deletionStarted(definition) {
      if (hasBegun(definition)) return;
      const { metadata } = definition;
      const finalizers = metadata.finalizers ?? [];
      if (!finalizers.includes(CUSTOM_RESOURCE_CLEANUP)) {
        metadata.finalizers = [...finalizers, CUSTOM_RESOURCE_CLEANUP];
      }
      definition.status = withCondition(definition.status ?? {}, {
        type: "Terminating",
        status: "True",
        reason: "InstanceDeletionPending",
        message:
          "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
      }, formatTime(now()));
    },
  };
}
