/**
 * What of a log is wanted: Kubernetes' PodLogOptions.
 *
 * @module
 */
import {
  forbiddenField,
  invalidValue,
  notSupported,
} from "../../api/field_error.ts";
import type { FieldError } from "../../api/kind.ts";
import { badRequest, invalid } from "../../api/status.ts";
import { isTrue } from "../request_info.ts";

const FLAGS = ["follow", "previous", "timestamps"];
const NUMBERS = ["sinceSeconds", "tailLines", "limitBytes"] as const;
const STREAMS = ["All", "Stderr", "Stdout"];

/**
 * The parameters for the node, checked as Kubernetes does.
 *
 * @param pod its name, for the error
 * @throws {ApiError} 400 for a text that is no number or time, 422 for values that make no sense
 */
export function readLogOptions(
  params: URLSearchParams,
  pod: string,
): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of FLAGS) {
    if (isTrue(params.get(name))) query.set(name, "true");
  }
  const numbers = new Map<string, number>();
  for (const name of NUMBERS) {
    const text = params.get(name);
    if (text === null) continue;
    numbers.set(name, parseInteger(text));
    query.set(name, text);
  }
  const sinceTime = params.get("sinceTime") ?? "";
  if (sinceTime !== "") {
    checkTime(sinceTime);
    query.set("sinceTime", sinceTime);
  }
  const stream = params.get("stream") ?? "All";
  query.set("stream", stream);
  const errors = [
    ...numberErrors(numbers, sinceTime !== ""),
    ...streamErrors(stream, numbers.has("tailLines")),
  ];
  if (errors.length === 0) return query;
  throw invalid({ group: "", kind: "PodLogOptions" }, pod, errors);
}

function numberErrors(
  numbers: ReadonlyMap<string, number>,
  hasTime: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  const tailLines = numbers.get("tailLines") ?? 0;
  const limitBytes = numbers.get("limitBytes") ?? 1;
  const sinceSeconds = numbers.get("sinceSeconds");
  if (tailLines < 0) {
    const why = "must be greater than or equal to 0";
    errors.push(invalidValue("tailLines", tailLines, why));
  }
  if (limitBytes < 1) {
    errors.push(
      invalidValue("limitBytes", limitBytes, "must be greater than 0"),
    );
  }
  if (sinceSeconds === undefined) return errors;
  if (hasTime) {
    const why = "at most one of `sinceTime` or `sinceSeconds` may be specified";
    errors.push(forbiddenField("", why));
  } else if (sinceSeconds < 1) {
    errors.push(
      invalidValue("sinceSeconds", sinceSeconds, "must be greater than 0"),
    );
  }
  return errors;
}

function streamErrors(stream: string, hasTail: boolean): FieldError[] {
  const errors: FieldError[] = [];
  if (!STREAMS.includes(stream)) {
    errors.push(notSupported("stream", stream, STREAMS));
  }
  if (stream !== "All" && hasTail) {
    const why =
      "`tailLines` and specific `stream` are mutually exclusive for now";
    errors.push(forbiddenField("", why));
  }
  return errors;
}

/** @throws {ApiError} 400 in Go's words */
function parseInteger(text: string): number {
  if (/^[+-]?\d{1,15}$/.test(text)) return Number(text);
  throw badRequest(
    `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

/** @throws {ApiError} 400 */
function checkTime(text: string): void {
  const shape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
  if (shape.test(text) && !Number.isNaN(Date.parse(text))) return;
  const quoted = JSON.stringify(text);
  throw badRequest(
    `parsing time ${quoted} as "2006-01-02T15:04:05Z07:00": cannot parse ${quoted} as "2006"`,
  );
}
