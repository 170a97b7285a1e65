/**
 * Errors become HTTP here and nowhere else.
 *
 * @module
 */
import {
  ApiError,
  badRequest,
  expired,
  internalError,
  serviceUnavailable,
  timeout,
} from "../api/status.ts";
import {
  ExpiredError,
  FutureRevisionError,
  StoreClosedError,
  StoreFailedError,
} from "../store/store.ts";
import { answerJson } from "./answer.ts";
import type { ApiServer } from "./call.ts";
import { isRegistryUrl, registryRefusal } from "./image_registry.ts";

/** The answer to a request whose handler threw. */
export function answerError(
  api: Pick<ApiServer, "host">,
  error: unknown,
  request: Request,
): Response {
  const { status, code } = toApiError(api, error, request);
  const isRegistry = isRegistryUrl(request.url);
  const answer = isRegistry
    ? registryRefusal(code, status.message ?? "")
    : answerJson(status, { status: code });
  const retryAfter = status.details?.retryAfterSeconds;
  if (retryAfter !== undefined) {
    answer.headers.set("retry-after", String(retryAfter));
  }
  if (code === 401 && !isRegistry) {
    answer.headers.set("www-authenticate", 'Bearer realm="wherry"');
  }
  return answer;
}

function toApiError(
  api: Pick<ApiServer, "host">,
  error: unknown,
  request: Request,
): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof ExpiredError) return expired(error.message);
  if (error instanceof FutureRevisionError) {
    return timeout("Too large resource version", 1);
  }
  if (error instanceof StoreClosedError) {
    return serviceUnavailable("The server is shutting down");
  }
  if (error instanceof StoreFailedError) {
    return serviceUnavailable("The server cannot write to its disk");
  }
  if (isOverflow(error)) return badRequest("The object is nested too deeply");
  api.host.log("error", "Request failed", {
    method: request.method,
    url: request.url,
    error: error instanceof Error ? error.stack ?? error.message : error,
  });
  return internalError(error);
}

/** Whether a value was nested deeper than the stack reaches; whatever was under way has written nothing. */
function isOverflow(error: unknown): boolean {
  return error instanceof RangeError &&
    error.message === "Maximum call stack size exceeded";
}
