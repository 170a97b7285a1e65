/**
 * The rules for a change of a Pod's ephemeral containers: they may be added, and then stay as they are.
 *
 * @module
 */
import type { Pod } from "../core/pod.ts";
import { sameJson } from "../equal.ts";
import { forbiddenField } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { jsonDiff } from "./json_diff.ts";
import { validatePod } from "./pod.ts";

/** Set on Pods that a node made by itself from a file. */
export const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

/** The rules for a change of a Pod through `ephemeralcontainers`. */
export function validateEphemeralContainersUpdate(
  next: Pod,
  previous: Pod,
): FieldError[] {
  if (previous.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) {
    return [
      forbiddenField("[]", "static pods do not support ephemeral containers"),
    ];
  }
  const field = "spec.ephemeralContainers";
  const found = validatePod(next);
  for (const old of previous.spec.ephemeralContainers ?? []) {
    const own = next.spec.ephemeralContainers?.find(({ name }) =>
      name === old.name
    );
    const which = `existing ephemeral containers ${JSON.stringify(old.name)}`;
    if (own === undefined) {
      found.push(forbiddenField(field, `${which} may not be removed\n`));
    } else if (!sameJson(own, old)) {
      found.push(
        forbiddenField(
          field,
          `${which} may not be changed\n${jsonDiff(old, own)}`,
        ),
      );
    }
  }
  return found;
}
