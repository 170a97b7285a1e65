/**
 * Query parameters of writes.
 *
 * @module
 */
import { badRequest, invalid } from "../api/status.ts";
import type { FieldError } from "../api/kind.ts";

/** What to do about fields that the server does not know. */
export type FieldValidation = "Ignore" | "Warn" | "Strict";

/** Options that create, update and patch share. */
export interface WriteParams {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  readonly fieldManager: string;
}

/** Reads the parameters of a write. @throws {ApiError} 422 when one is wrong */
export function writeParams(
  params: URLSearchParams,
  optionsKind: "CreateOptions" | "UpdateOptions" | "PatchOptions",
): WriteParams {
  const errors: FieldError[] = [];
  const dryRun = params.getAll("dryRun").filter((value) => value !== "");
  const wrong = dryRun.find((value) => value !== "All");
  if (wrong !== undefined) {
    errors.push({
      reason: "FieldValueNotSupported",
      field: "dryRun",
      message: `Unsupported value: ${
        JSON.stringify(wrong)
      }: supported values: "All"`,
    });
  }
  const validation = params.get("fieldValidation") || "Warn";
  if (!isFieldValidation(validation)) {
    errors.push({
      reason: "FieldValueNotSupported",
      field: "fieldValidation",
      message: `Unsupported value: ${
        JSON.stringify(validation)
      }: supported values: "Ignore", "Strict", "Warn"`,
    });
  }
  const fieldManager = params.get("fieldManager") ?? "";
  if (fieldManager.length > MAX_FIELD_MANAGER_LENGTH) {
    errors.push({
      reason: "FieldValueTooLong",
      field: "fieldManager",
      message:
        `Too long: may not be more than ${MAX_FIELD_MANAGER_LENGTH} bytes`,
    });
  }
  if (errors.length > 0) {
    throw invalid({ group: "meta.k8s.io", kind: optionsKind }, "", errors);
  }
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: validation as FieldValidation,
    fieldManager,
  };
}

const MAX_FIELD_MANAGER_LENGTH = 128;

function isFieldValidation(text: string): text is FieldValidation {
  return text === "Ignore" || text === "Warn" || text === "Strict";
}

/** A number in a query. @throws {ApiError} 400 when it is none */
export function integerParam(
  params: URLSearchParams,
  name: string,
): number | undefined {
  const text = params.get(name);
  if (text === null || text === "") return undefined;
  if (!/^[+-]?[0-9]{1,18}$/.test(text)) {
    throw badRequest(
      `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return Number(text);
}
