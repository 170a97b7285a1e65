/**
 * What of a container's output is wanted.
 *
 * @module
 */

/** The parameters of `/containerLogs`; Kubernetes' PodLogOptions. */
export interface LogQuery {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  /** Only entries at or after this time, in milliseconds since 1970. */
  readonly since?: number;
  readonly tailLines?: number;
  readonly limitBytes?: number;
  /** One of the two outputs only. @default both */
  readonly stream?: "stdout" | "stderr";
}

/** Kubernetes' names. */
const STREAMS: Readonly<Record<string, LogQuery["stream"]>> = {
  All: undefined,
  Stdout: "stdout",
  Stderr: "stderr",
};

/**
 * Reads the parameters.
 *
 * @param now milliseconds since 1970, for `sinceSeconds`
 * @throws when a number is none, or there is no such output
 */
export function parseLogQuery(params: URLSearchParams, now: number): LogQuery {
  const since = sinceOf(params, now);
  const tailLines = wholeNumber(params, "tailLines");
  const limitBytes = wholeNumber(params, "limitBytes");
  const stream = streamOf(params);
  return {
    follow: isTrue(params, "follow"),
    previous: isTrue(params, "previous"),
    timestamps: isTrue(params, "timestamps"),
    ...(since !== undefined && { since }),
    ...(tailLines !== undefined && { tailLines }),
    ...(limitBytes !== undefined && { limitBytes }),
    ...(stream && { stream }),
  };
}

function streamOf(params: URLSearchParams): LogQuery["stream"] {
  const name = params.get("stream") ?? "All";
  if (Object.hasOwn(STREAMS, name)) return STREAMS[name];
  throw new RangeError(
    `Could not read stream: "${name}" is not All, Stdout or Stderr`,
  );
}

function isTrue(params: URLSearchParams, name: string): boolean {
  const value = params.get(name);
  return value === "true" || value === "1" || value === "";
}

function sinceOf(params: URLSearchParams, now: number): number | undefined {
  const seconds = wholeNumber(params, "sinceSeconds");
  if (seconds !== undefined) return now - seconds * 1000;
  const time = params.get("sinceTime");
  if (time === null) return undefined;
  const since = Date.parse(time);
  if (Number.isNaN(since)) {
    throw new RangeError(`Could not read sinceTime: "${time}" is not a time`);
  }
  return since;
}

function wholeNumber(
  params: URLSearchParams,
  name: string,
): number | undefined {
  const text = params.get(name);
  if (text === null) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new RangeError(
    `Could not read ${name}: "${text}" is not a whole number`,
  );
}
