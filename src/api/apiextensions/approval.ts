/**
 * Groups that belong to the Kubernetes community need its approval, told by an annotation.
 *
 * @module
 */
import { invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { ObjectMeta } from "../meta.ts";

/** The annotation: a URL, or a text that begins with `unapproved`. */
export const APPROVED_ANNOTATION = "api-approved.kubernetes.io";

const FIELD = `metadata.annotations[${APPROVED_ANNOTATION}]`;
const SEE = "see https://github.com/kubernetes/enhancements/pull/1111";

/** What the annotation says. */
export interface Approval {
  /** Whether the API is approved, says that it is not, says nothing, or nonsense. */
  readonly state: "approved" | "bypassed" | "missing" | "invalid";
  /** Why, in Kubernetes' words. */
  readonly reason: string;
}

/** Whether a group needs approval. */
export function isProtectedGroup(group: string): boolean {
  return /(^|\.)(k8s|kubernetes)\.io$/.test(group);
}

/** What the annotation says. */
export function approvalOf({ annotations }: ObjectMeta): Approval {
  const text = annotations?.[APPROVED_ANNOTATION] ?? "";
  if (text === "") {
    return {
      state: "missing",
      reason:
        `protected groups must have approval annotation "${APPROVED_ANNOTATION}", ${SEE}`,
    };
  }
  if (text.startsWith("unapproved")) {
    return {
      state: "bypassed",
      reason: `not approved: ${JSON.stringify(text)}`,
    };
  }
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/]/.test(text) && URL.canParse(text)) {
    return { state: "approved", reason: `approved in ${text}` };
  }
  return {
    state: "invalid",
    reason:
      `protected groups must have approval annotation "${APPROVED_ANNOTATION}" with either a URL or a reason starting with "unapproved", ${SEE}`,
  };
}

/** The rule for the annotation; what it said before the change may stay. */
export function validateApproval(
  meta: ObjectMeta,
  group: string,
  previous?: ObjectMeta,
): FieldError[] {
  if (!isProtectedGroup(group)) return [];
  const { state, reason } = approvalOf(meta);
  if (previous !== undefined && approvalOf(previous).state === state) return [];
  if (state === "missing") return [required(FIELD, reason)];
  if (state !== "invalid") return [];
  return [
    invalidValue(FIELD, meta.annotations?.[APPROVED_ANNOTATION], reason),
  ];
}
