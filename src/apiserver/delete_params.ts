/**
 * The options of a delete, from its body (`DeleteOptions`) or, without one, its query.
 *
 * @module
 */
import { badRequest, invalid } from "../api/status.ts";
import type { FieldError } from "../api/kind.ts";
import { deleteOptions } from "../api/delete_options.ts";
import { schemaOf } from "../api/schema.ts";
import { readBody } from "./body.ts";
import { integerParam } from "./write_options.ts";

/** What becomes of an object's dependents. */
export type Propagation = "Foreground" | "Background" | "Orphan";

/** The options of a delete. */
export interface DeleteParams {
  readonly dryRun: boolean;
  /** Absent: the kind's own default. */
  readonly gracePeriodSeconds?: number;
  readonly propagation?: Propagation;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** Whether the deprecated `orphanDependents` says that dependents go as well. @default false */
  readonly cascades?: boolean;
  /** The options as their JSON. @default none */
  readonly options?: Readonly<Record<string, unknown>>;
}

const POLICIES = ["Foreground", "Background", "Orphan"];

/** Reads a delete's options. @throws {ApiError} 400, 415 or 422 */
export async function deleteParams(
  request: Request,
  params: URLSearchParams,
): Promise<DeleteParams> {
  const body = request.body === null
    ? undefined
    : (await readBody(request, { strict: false })).value;
  return body === undefined ? check(fromQuery(params)) : bodyParams(body);
}

/** Reads `DeleteOptions`. @throws {ApiError} 400 or 422 */
export function bodyParams(body: unknown): DeleteParams {
  return check(fromBody(body));
}

function check(options: Options): DeleteParams {
  const errors: FieldError[] = [];
  const { propagationPolicy: policy, orphanDependents: orphan } = options;
  if (policy !== undefined && orphan !== undefined) {
    errors.push({
      reason: "FieldValueInvalid",
      field: "propagationPolicy",
      message: `Invalid value: ${
        JSON.stringify(policy)
      }: orphanDependents and deletionPropagation cannot be both set`,
    });
  }
  if (policy !== undefined && !POLICIES.includes(policy)) {
    errors.push({
      reason: "FieldValueNotSupported",
      field: "propagationPolicy",
      message: `Unsupported value: ${
        JSON.stringify(policy)
      }: supported values: "Background", "Foreground", "Orphan", "nil"`,
    });
  }
  const dryRun = options.dryRun ?? [];
  for (const value of dryRun) {
    if (value === "All") continue;
    errors.push({
      reason: "FieldValueNotSupported",
      field: "dryRun",
      message: `Unsupported value: ${
        JSON.stringify(value)
      }: supported values: "All"`,
    });
  }
  if (errors.length > 0) {
    throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", errors);
  }
  const propagation = policy ??
    (orphan === undefined ? undefined : orphan ? "Orphan" : "Background");
  const { gracePeriodSeconds, preconditions } = options;
  return {
    dryRun: dryRun.length > 0,
    cascades: orphan === false,
    options: {
      ...options,
      kind: "DeleteOptions",
      apiVersion: "meta.k8s.io/v1",
    },
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(propagation === undefined
      ? {}
      : { propagation: propagation as Propagation }),
    ...(preconditions?.uid === undefined ? {} : { uid: preconditions.uid }),
    ...(preconditions?.resourceVersion === undefined
      ? {}
      : { resourceVersion: preconditions.resourceVersion }),
  };
}

interface Options {
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  orphanDependents?: boolean;
  dryRun?: string[];
  preconditions?: { uid?: string; resourceVersion?: string };
}

function fromBody(body: unknown): Options {
  const { object, typeError } = schemaOf(deleteOptions).decode(body);
  if (object === undefined) {
    throw badRequest(
      `DeleteOptions in version "v1" cannot be handled as a DeleteOptions: ${typeError}`,
    );
  }
  return object;
}

function fromQuery(params: URLSearchParams): Options {
  const grace = integerParam(params, "gracePeriodSeconds");
  const policy = params.get("propagationPolicy") || undefined;
  const orphan = params.get("orphanDependents");
  const dryRun = params.getAll("dryRun").filter((value) => value !== "");
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(policy === undefined ? {} : { propagationPolicy: policy }),
    ...(orphan ? { orphanDependents: orphan === "true" } : {}),
    ...(dryRun.length === 0 ? {} : { dryRun }),
  };
}
