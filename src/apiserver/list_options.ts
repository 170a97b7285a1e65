/**
 * Which options of lists and watches go together; the rules of
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resourceversion-in-metadata.
 *
 * @module
 */
import type { FieldError } from "../api/kind.ts";
import { invalid } from "../api/status.ts";

/** What a request says about versions. */
interface Versions {
  readonly version: string;
  readonly match: string;
  readonly token: string;
  /** Whether `sendInitialEvents` is there at all. */
  readonly initial: boolean;
}

const forbiddenMatch = (why: string): FieldError => ({
  reason: "FieldValueForbidden",
  field: "resourceVersionMatch",
  message: `Forbidden: ${why}`,
});

const unsupportedMatch = (match: string, supported: string): FieldError => ({
  reason: "FieldValueNotSupported",
  field: "resourceVersionMatch",
  message: `Unsupported value: ${
    JSON.stringify(match)
  }: supported values: ${supported}`,
});

const WITH_CONTINUE =
  "resourceVersionMatch is forbidden when continue is provided";

/** Checks the options of a list. @throws {ApiError} 422 */
export function checkListOptions(params: URLSearchParams): void {
  const { version, match, token, initial } = versionsOf(params);
  const found: FieldError[] = [];
  if (match !== "") {
    if (version === "") {
      found.push(forbiddenMatch(
        "resourceVersionMatch is forbidden unless resourceVersion is provided",
      ));
    }
    if (token !== "") found.push(forbiddenMatch(WITH_CONTINUE));
    if (match !== "Exact" && match !== "NotOlderThan") {
      found.push(unsupportedMatch(match, '"Exact", "NotOlderThan", ""'));
    }
    if (match === "Exact" && version === "0") {
      found.push(forbiddenMatch(
        'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
      ));
    }
  }
  if (initial) {
    found.push({
      reason: "FieldValueForbidden",
      field: "sendInitialEvents",
      message: "Forbidden: sendInitialEvents is forbidden for list",
    });
  }
  refuse(found);
}

/** Checks the options of a watch. @throws {ApiError} 422 */
export function checkWatchOptions(params: URLSearchParams): void {
  const { match, token, initial } = versionsOf(params);
  const found: FieldError[] = [];
  if (initial && match !== "NotOlderThan") {
    found.push(forbiddenMatch(
      "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
    ));
  }
  if (match !== "") {
    if (!initial) {
      found.push(forbiddenMatch(
        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
      ));
    }
    if (match !== "NotOlderThan") {
      found.push(unsupportedMatch(match, '"NotOlderThan"'));
    }
    if (token !== "") found.push(forbiddenMatch(WITH_CONTINUE));
  }
  refuse(found);
}

function versionsOf(params: URLSearchParams): Versions {
  return {
    version: params.get("resourceVersion") ?? "",
    match: params.get("resourceVersionMatch") ?? "",
    token: params.get("continue") ?? "",
    initial: (params.get("sendInitialEvents") ?? "") !== "",
  };
}

function refuse(found: FieldError[]): void {
  if (found.length === 0) return;
  throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", found);
}
