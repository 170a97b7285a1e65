/**
 * Errors of the API: a {@linkcode Status} object in an {@linkcode ApiError}, and one constructor for each error Kubernetes knows,
 * with its code, reason, text and details.
 *
 * @module
 */
import { aggregate, causesOf } from "./field_error.ts";
import type { FieldError } from "./kind.ts";
import type { Status, StatusCause, StatusDetails } from "./status_object.ts";

/** An answer of the API that is not success. */
export class ApiError extends Error {
  /** For tests by name, across realms. */
  override readonly name = "ApiError";
  /** What goes over the wire. */
  readonly status: Status;
  /** Takes the Status; its message becomes the error's. */
  constructor(status: Status, options?: ErrorOptions) {
    super(status.message ?? status.reason ?? "Unknown error", options);
    this.status = status;
  }
  /** The HTTP status code. */
  get code(): number {
    return this.status.code ?? 500;
  }
  /** `NotFound`, `Conflict` …; "" when the server gave none. */
  get reason(): string {
    return this.status.reason ?? "";
  }
}

/** Whether a thrown value is an {@linkcode ApiError} of this reason, for example `NotFound`. */
export function isApiError(
  error: unknown,
  reason?: StatusReason,
): error is ApiError {
  return error instanceof ApiError &&
    (reason === undefined || error.reason === reason);
}

/** The reasons of {@linkcode Status}. */
export type StatusReason =
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "AlreadyExists"
  | "Conflict"
  | "Gone"
  | "Expired"
  | "Invalid"
  | "ServerTimeout"
  | "Timeout"
  | "TooManyRequests"
  | "BadRequest"
  | "MethodNotAllowed"
  | "NotAcceptable"
  | "RequestEntityTooLarge"
  | "UnsupportedMediaType"
  | "InternalError"
  | "ServiceUnavailable";

/** What an error speaks of; every `Resource` is one. */
export interface GroupResource {
  /** "" is the core group. */
  readonly group: string;
  /** For example `pods`. */
  readonly plural: string;
}

/** `deployments.apps`, or `pods` in the core group. */
export function qualified({ group, plural }: GroupResource): string {
  return group === "" ? plural : `${plural}.${group}`;
}

function failure(
  code: number,
  reason: StatusReason | "",
  rest: { message: string; details?: StatusDetails },
): ApiError {
  return new ApiError({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: rest.message,
    ...(reason === "" ? {} : { reason }),
    ...(rest.details === undefined ? {} : { details: rest.details }),
    code,
  });
}

function detailsOf(resource: GroupResource, name = ""): StatusDetails {
  return {
    ...(name === "" ? {} : { name }),
    ...(resource.group === "" ? {} : { group: resource.group }),
    kind: resource.plural,
  };
}

/** The answer to a delete that is done. */
export function success(details?: StatusDetails): Status {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    ...(details === undefined ? {} : { details }),
  };
}

/** 404: no such object. */
export function notFound(resource: GroupResource, name: string): ApiError {
  return failure(404, "NotFound", {
    message: `${qualified(resource)} "${name}" not found`,
    details: detailsOf(resource, name),
  });
}

/** 404: no such path. */
export function pathNotFound(): ApiError {
  return failure(404, "NotFound", {
    message: "the server could not find the requested resource",
    details: {},
  });
}

/** 404: a server behind this one does not know what it was asked for. */
export function notFoundBehind(
  resource: GroupResource,
  name: string,
): ApiError {
  return failure(404, "NotFound", {
    message: `the server could not find the requested resource ( ${
      qualified(resource)
    } ${name})`,
    details: detailsOf(resource, name),
  });
}

/** 409: the name is taken. */
export function alreadyExists(resource: GroupResource, name: string): ApiError {
  return failure(409, "AlreadyExists", {
    message: `${qualified(resource)} "${name}" already exists`,
    details: detailsOf(resource, name),
  });
}

/** 409: no free name could be made from `generateName`. */
export function generateNameConflict(
  resource: GroupResource,
  name: string,
): ApiError {
  return failure(409, "AlreadyExists", {
    message: `${
      qualified(resource)
    } "${name}" already exists, the server was not able to generate a unique name for the object`,
    details: { ...detailsOf(resource, name), retryAfterSeconds: 1 },
  });
}

/** 401: no or wrong credentials. */
export function unauthorized(message = "Unauthorized"): ApiError {
  return failure(401, "Unauthorized", { message });
}

/** 403: not allowed; `name` may be "". */
export function forbidden(
  resource: GroupResource,
  name: string,
  why: string,
): ApiError {
  const what = resource.plural === ""
    ? "forbidden"
    : name === ""
    ? `${qualified(resource)} is forbidden`
    : `${qualified(resource)} "${name}" is forbidden`;
  return failure(403, "Forbidden", {
    message: `${what}: ${why}`,
    details: resource.plural === "" ? {} : detailsOf(resource, name),
  });
}

/** Why an update with an old resourceVersion is refused. */
export const OBJECT_MODIFIED =
  "the object has been modified; please apply your changes to the latest version and try again";

/** 409: the object is not what the client thought it was. */
export function conflict(
  resource: GroupResource,
  name: string,
  why: string = OBJECT_MODIFIED,
): ApiError {
  return failure(409, "Conflict", {
    message: `Operation cannot be fulfilled on ${
      qualified(resource)
    } "${name}": ${why}`,
    details: detailsOf(resource, name),
  });
}

/** 409: server-side apply met fields of other managers. */
export function applyConflict(
  causes: StatusCause[],
  message: string,
): ApiError {
  return failure(409, "Conflict", { message, details: { causes } });
}

/** 410: deprecated form of {@linkcode expired}. */
export function gone(message: string): ApiError {
  return failure(410, "Gone", { message });
}

/** 410: the revision or continue token is too old. */
export function expired(message: string): ApiError {
  return failure(410, "Expired", { message });
}

/** 422: the object breaks rules; all of them are named in `details.causes`. */
export function invalid(
  kind: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): ApiError {
  const subject = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  const findings = errors.length === 0 ? "" : `: ${aggregate(errors)}`;
  return failure(422, "Invalid", {
    message: `${subject} "${name}" is invalid${findings}`,
    details: {
      ...(name === "" ? {} : { name }),
      ...(kind.group === "" ? {} : { group: kind.group }),
      ...(kind.kind === "" ? {} : { kind: kind.kind }),
      ...(errors.length === 0 ? {} : { causes: causesOf(errors) }),
    },
  });
}

/** 400: the request makes no sense. */
export function badRequest(message: string): ApiError {
  return failure(400, "BadRequest", { message });
}

/** 400: a body that decodes to no object of this kind; `why` is the decoder's text. */
export function cannotBeHandled(
  kind: { readonly kind: string; readonly version: string },
  why: string,
): ApiError {
  return badRequest(
    `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${why}`,
  );
}

/** 429: come back after so many seconds. */
export function tooManyRequests(
  message: string,
  retryAfterSeconds: number,
): ApiError {
  return failure(429, "TooManyRequests", {
    message,
    details: { retryAfterSeconds },
  });
}

/** 503: not now. */
export function serviceUnavailable(message: string): ApiError {
  return failure(503, "ServiceUnavailable", { message });
}

/** 405: this kind does not have that verb. */
export function methodNotSupported(
  resource: GroupResource,
  action: string,
): ApiError {
  return failure(405, "MethodNotAllowed", {
    message: `${action} is not supported on resources of kind "${
      qualified(resource)
    }"`,
    details: detailsOf(resource),
  });
}

/** 405: the path is known, the HTTP method on it is not. */
export function methodNotAllowed(): ApiError {
  return failure(405, "MethodNotAllowed", {
    message: "the server does not allow this method on the requested resource",
    details: {},
  });
}

/** 500: a passing failure, try again. */
export function serverTimeout(
  resource: GroupResource,
  operation: string,
  retryAfterSeconds: number,
): ApiError {
  return failure(500, "ServerTimeout", {
    message: `The ${operation} operation against ${
      qualified(resource)
    } could not be completed at this time, please try again.`,
    details: { ...detailsOf(resource, operation), retryAfterSeconds },
  });
}

/** 500: a defect or a failure of the machine; `error` is told to the client. */
export function internalError(error: unknown): ApiError {
  const message = error instanceof Error ? error.message : String(error);
  const made = failure(500, "InternalError", {
    message: `Internal error occurred: ${message}`,
    details: { causes: [{ message }] },
  });
  made.cause = error;
  return made;
}

/** 504: not done in time; it may still get done. */
export function timeout(message: string, retryAfterSeconds = 0): ApiError {
  return failure(504, "Timeout", {
    message: `Timeout: ${message}`,
    details: retryAfterSeconds === 0 ? {} : { retryAfterSeconds },
  });
}

/** 413: the body is over the limit. */
export function requestEntityTooLarge(message: string): ApiError {
  return failure(413, "RequestEntityTooLarge", {
    message: `Request entity too large: ${message}`,
  });
}

/** 415: a body format that this server does not read. */
export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  return failure(415, "UnsupportedMediaType", {
    message:
      `the body of the request was in an unknown format - accepted media types include: ${
        accepted.join(", ")
      }`,
  });
}

/** 406: an answer format that this server does not write. */
export function notAcceptable(
  accepted: readonly string[],
  target?: string,
): ApiError {
  const when = target === undefined ? "" : ` when converting to ${target}`;
  return failure(406, "NotAcceptable", {
    message: `only the following media types are accepted${when}: ${
      accepted.join(", ")
    }`,
  });
}

/** 422: a patch that cannot be applied; Kubernetes does not tell why. */
export function unprocessable(): ApiError {
  return failure(422, "Invalid", {
    message: "the server rejected our request due to an error in our request",
    details: {},
  });
}

/** 500 without a reason: what Kubernetes answers for errors that have no Status of their own. */
export function unknownError(message: string): ApiError {
  return failure(500, "", { message });
}
