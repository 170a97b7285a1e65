/**
 * Query parameters of writes.
 *
 * @module
 */
import { badRequest, invalid } from "../api/status.ts";
import type { FieldError } from "../api/kind.ts";
import { isPrintable, MAX_MANAGER_NAME_BYTES } from "./fields/manager_name.ts";
import { isTrue } from "./request_info.ts";

/** What to do about fields that the server does not know. */
export type FieldValidation = "Ignore" | "Warn" | "Strict";

/** Options that create, update and patch share. */
export interface WriteParams {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  readonly fieldManager: string;
  /** Of an apply: takes fields from others. */
  readonly force: boolean;
  /** The options as their JSON. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Sorts of writes that take other parameters. */
export type OptionsKind = "CreateOptions" | "UpdateOptions" | "PatchOptions";

/**
 * Reads the parameters of a write.
 *
 * @param rest.apply whether it is a server-side apply, which must be named and may be forced. @default false
 * @throws {ApiError} 422 when one is wrong
 */
export function writeParams(
  params: URLSearchParams,
  kind: OptionsKind,
  { apply = false }: { readonly apply?: boolean } = {},
): WriteParams {
  if (params.size === 0 && !apply) return UNSAID[kind];
  const fieldManager = params.get("fieldManager") ?? "";
  const dryRun = params.getAll("dryRun").filter((value) => value !== "");
  const validation = params.get("fieldValidation") ?? "";
  const force = params.get("force");
  const errors = [
    ...(kind === "PatchOptions"
      ? checkPatch({ apply, fieldManager, force })
      : []),
    ...checkManager(fieldManager),
    ...checkOneOf("dryRun", dryRun, ["All"]),
    ...checkOneOf(
      "fieldValidation",
      validation === "" ? [] : [validation],
      ["Ignore", "Strict", "Warn"],
    ),
  ];
  if (errors.length > 0) {
    throw invalid({ group: "meta.k8s.io", kind }, "", errors);
  }
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: (validation || "Warn") as FieldValidation,
    fieldManager,
    force: force !== null && isTrue(force),
    options: {
      ...UNSAID[kind].options,
      ...(dryRun.length > 0 ? { dryRun: ["All"] } : {}),
      ...(fieldManager === "" ? {} : { fieldManager }),
      ...(validation === "" ? {} : { fieldValidation: validation }),
      ...(force === null ? {} : { force: isTrue(force) }),
    },
  };
}

function unsaid(kind: OptionsKind): WriteParams {
  return {
    dryRun: false,
    fieldValidation: "Warn",
    fieldManager: "",
    force: false,
    options: { kind, apiVersion: "meta.k8s.io/v1" },
  };
}

/** What holds when a request says nothing. */
const UNSAID: Readonly<Record<OptionsKind, WriteParams>> = {
  CreateOptions: unsaid("CreateOptions"),
  UpdateOptions: unsaid("UpdateOptions"),
  PatchOptions: unsaid("PatchOptions"),
};

function checkPatch(
  { apply, fieldManager, force }: {
    apply: boolean;
    fieldManager: string;
    force: string | null;
  },
): FieldError[] {
  if (apply) {
    return fieldManager !== "" ? [] : [{
      reason: "FieldValueRequired",
      field: "fieldManager",
      message: "Required value: is required for apply patch",
    }];
  }
  return force === null ? [] : [{
    reason: "FieldValueForbidden",
    field: "force",
    message: "Forbidden: may not be specified for non-apply patch",
  }];
}

function checkManager(name: string): FieldError[] {
  const errors: FieldError[] = [];
  const bytes = name.length <= MAX_MANAGER_NAME_BYTES / 3
    ? 0
    : new TextEncoder().encode(name).length;
  if (bytes > MAX_MANAGER_NAME_BYTES) {
    errors.push({
      reason: "FieldValueTooLong",
      field: "fieldManager",
      message: `Too long: may not be more than ${MAX_MANAGER_NAME_BYTES} bytes`,
    });
  }
  let at = 0;
  for (const char of name) {
    if (!isPrintable(char)) {
      const code = char.codePointAt(0)!.toString(16).toUpperCase();
      errors.push({
        reason: "FieldValueInvalid",
        field: "fieldManager",
        message: `Invalid value: ${JSON.stringify(name)}: invalid character U+${
          code.padStart(4, "0")
        } (at position ${at})`,
      });
    }
    at += new TextEncoder().encode(char).length;
  }
  return errors;
}

function checkOneOf(
  field: string,
  values: readonly string[],
  supported: readonly string[],
): FieldError[] {
  const wrong = values.find((value) => !supported.includes(value));
  if (wrong === undefined) return [];
  return [{
    reason: "FieldValueNotSupported",
    field,
    message: `Unsupported value: ${JSON.stringify(wrong)}: supported values: ${
      supported.map((value) => JSON.stringify(value)).join(", ")
    }`,
  }];
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
