/**
 * From answers to errors.
 *
 * @module
 */
import { ApiError } from "../api/status.ts";
import type { Status } from "../api/status_object.ts";

/** What client-go makes of an answer without a Status, by code: reason and message. */
const GENERIC: Readonly<Record<number, readonly [string, string]>> = {
  400: ["BadRequest", "the server rejected our request for an unknown reason"],
  401: [
    "Unauthorized",
    "the server has asked for the client to provide credentials",
  ],
  403: ["Forbidden", "the server does not allow access to the resource"],
  404: ["NotFound", "the server could not find the requested resource"],
  405: [
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
  ],
  406: [
    "NotAcceptable",
    "the server was unable to respond with a content type that the client supports",
  ],
  409: ["Conflict", "the server reported a conflict"],
  410: ["Gone", "the server no longer has the requested resource"],
  413: [
    "RequestEntityTooLarge",
    "the request entity is too large",
  ],
  415: [
    "UnsupportedMediaType",
    "the server was unable to process the request body's media type",
  ],
  422: [
    "Invalid",
    "the server rejected our request due to an error in our request",
  ],
  429: [
    "TooManyRequests",
    "the server has received too many requests and has asked us to try again later",
  ],
  503: [
    "ServiceUnavailable",
    "the server is currently unable to handle the request",
  ],
  504: ["Timeout", "the server was unable to return a response in time"],
};

/** Whether an error is an answer of the API with this HTTP status code. */
export function hasStatusCode(
  error: unknown,
  code: number,
): error is ApiError {
  return error instanceof ApiError && error.code === code;
}

/** Reads the body of a failed answer and makes the error of it. */
export async function responseError(response: Response): Promise<ApiError> {
  let text = "";
  try {
    text = await response.text();
  } catch {
    // The code alone must do.
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  return apiErrorOf(value, { code: response.status, text });
}

/** Makes an error of a decoded Status, or of a code alone when it is not one. */
export function apiErrorOf(
  value: unknown,
  fallback: { readonly code: number; readonly text?: string },
): ApiError {
  if (isStatus(value)) {
    return new ApiError({ ...value, code: value.code ?? fallback.code });
  }
  const { code } = fallback;
  const text = fallback.text?.trim() ?? "";
  const [reason, message] = GENERIC[code] ??
    (code >= 500
      ? ["InternalError", "an error on the server has prevented the request"]
      : ["Unknown", `the server responded with the status code ${code}`]);
  return new ApiError({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    // A short plain text says more than our generic words (a proxy, a handler outside the API).
    message: text !== "" && text.length <= 2_000
      ? `${message} (${text})`
      : message,
    reason,
    code,
  });
}

function isStatus(value: unknown): value is Status {
  return typeof value === "object" && value !== null &&
    (value as { kind?: unknown }).kind === "Status";
}
