/**
 * The rules of ephemeral containers.
 *
 * @module
 */
import { duplicate, forbiddenField, notFoundValue } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { PodSpec } from "../core/pod_spec.ts";
import { type PodContext, validateContainer } from "./container.ts";

/** Fields of a container that make no sense in one that is only there to look. */
const NOT_ALLOWED = [
  "ports",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
  "resizePolicy",
  "restartPolicy",
  "restartPolicyRules",
] as const;

/** The rules of ephemeral containers. */
export function validateEphemeralContainers(
  { containers, initContainers = [], ephemeralContainers = [] }: PodSpec,
  field: string,
  pod: PodContext,
): FieldError[] {
  const targets = new Set(
    [...containers, ...initContainers].map((c) => c.name),
  );
  const names = new Set(targets);
  return ephemeralContainers.flatMap((container, i) => {
    const at = `${field}[${i}]`;
    const found = validateContainer(container, at, pod);
    if (names.has(container.name)) {
      found.push(duplicate(`${at}.name`, container.name));
    } else names.add(container.name);
    const target = container.targetContainerName ?? "";
    if (target !== "" && !targets.has(target)) {
      found.push(notFoundValue(`${at}.targetContainerName`, target));
    }
    for (const name of NOT_ALLOWED) {
      if (container[name] === undefined) continue;
      found.push(
        forbiddenField(
          `${at}.${name}`,
          "cannot be set for an Ephemeral Container",
        ),
      );
    }
    const { limits, requests } = container.resources ?? {};
    if (limits !== undefined || requests !== undefined) {
      found.push(
        forbiddenField(
          `${at}.resources`,
          "cannot be set for an Ephemeral Container",
        ),
      );
    }
    (container.volumeMounts ?? []).forEach(({ subPath, subPathExpr }, j) => {
      for (const [name, value] of Object.entries({ subPath, subPathExpr })) {
        if (value === undefined) continue;
        found.push(
          forbiddenField(
            `${at}.volumeMounts[${j}].${name}`,
            "cannot be set for an Ephemeral Container",
          ),
        );
      }
    });
    return found;
  });
}
