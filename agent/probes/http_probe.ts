/**
 * Probes by HTTP, as kubelet makes them.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type { HTTPGetAction } from "../../src/api/core/probe.ts";
import { decodeText } from "../../src/base/bytes.ts";
import type { Host } from "../../src/base/host.ts";
import { bracketed, dialProblem } from "./dial_problem.ts";
import { portNumber } from "./port_number.ts";
import {
  failure,
  type ProbeResult,
  SUCCESS,
  unknown,
  warning,
} from "./probe_result.ts";

/** Answers that send a client elsewhere. */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** How many requests one try makes at most; Go's number. */
export const MAX_REQUESTS = 10;

/** What of an answer is read; kubelet's number. */
const MAX_BODY_BYTES = 10 * 1024;

/** Whom is asked. */
export interface HttpTarget {
  readonly container: Container;
  /** Where to, unless the probe says. */
  readonly address: string;
  readonly timeoutMs: number;
}

type ProbeHost = Pick<Host, "net" | "clock">;

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: Uint8Array;
}

/** Asks, and follows the answer where it sends the probe elsewhere on the same host. Does not throw, but for a port that cannot be found. */
export async function httpProbe(
  host: ProbeHost,
  action: HTTPGetAction,
  target: HttpTarget,
): Promise<ProbeResult> {
  const port = portNumber(action.port, target.container);
  const hostname = action.host || target.address;
  const path = action.path || "/";
  const scheme = (action.scheme ?? "HTTP").toLowerCase();
  const url = `${scheme}://${bracketed(hostname)}:${port}${
    path.startsWith("/") ? path : `/${path}`
  }`;
  const late = new AbortController();
  const timer = host.clock.after(target.timeoutMs, () => late.abort());
  const { signal } = late;
  let at = url;
  try {
    for (let requests = 0; requests < MAX_REQUESTS; requests++) {
      const answer = await get(host, at, { action, signal });
      const next = redirectWithin(hostname, { at, ...answer });
      if (next === undefined) return judge(answer);
      at = next;
    }
    return failure(`Get "${at}": stopped after ${MAX_REQUESTS} redirects`);
  } catch (error) {
    if (error instanceof BodyError) return unknown(error.message, "failure");
    const why = signal.aborted
      ? "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
      : dialProblem(error, { hostname, port });
    return failure(`Get "${at}": ${why}`);
  } finally {
    timer.cancel();
  }
}

/** Whatever else the answer says, its status decides. What is not followed is a success that its owner should know of. */
function judge({ status, body }: Answer): ProbeResult {
  if (status >= 200 && status < 300) return SUCCESS;
  if (status >= 300 && status < 400) {
    return warning(
      `Probe terminated redirects, Response body: ${decodeText(body)}`,
    );
  }
  return failure(`HTTP probe failed with statuscode: ${status}`);
}

/** The answer began and did not end as it should: counts neither way, as in kubelet. */
class BodyError extends Error {}

/** Go's words for it. */
const MISSING = {
  aborted:
    "context deadline exceeded (Client.Timeout or context cancellation while reading body)",
  ended: "unexpected EOF",
} as const;

async function get(
  { net }: ProbeHost,
  url: string,
  options: { readonly action: HTTPGetAction; readonly signal: AbortSignal },
): Promise<Answer> {
  const { action, signal } = options;
  const { protocol, hostname, port, host } = new URL(url);
  const headers = probeHeaders(action);
  if (protocol === "http:" && "getOnce" in net && net.getOnce) {
    const named = headers.some(([name]) => name.toLowerCase() === "host");
    const answer = await net.getOnce({
      hostname: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port || 80),
      path: pathOf(url),
      headers: named ? headers : [["Host", host], ...headers],
      bodyLimitBytes: MAX_BODY_BYTES,
      signal,
    });
    if (answer.missing) throw new BodyError(MISSING[answer.missing]);
    return { location: undefined, ...answer };
  }
  const sent = new Headers();
  for (const [name, value] of headers) sent.append(name, value);
  // A kept connection would outlive the container that it was made for.
  sent.set("connection", "close");
  const response = await net.fetch(
    new Request(url, { headers: sent, redirect: "manual", signal }),
    { insecureSkipVerify: true },
  );
  return {
    status: response.status,
    location: response.headers.get("location") ?? undefined,
    body: await bodyOf(response, signal),
  };
}

async function bodyOf(
  response: Response,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const body = new Uint8Array(MAX_BODY_BYTES);
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      const piece = chunk.subarray(0, body.length - length);
      body.set(piece, length);
      length += piece.length;
      if (length === body.length) break;
    }
  } catch (error) {
    if (signal.aborted) {
      throw new BodyError(MISSING.aborted);
    }
    throw error;
  }
  return body.subarray(0, length);
}

/** The path and query as they stand in the probe: a parsed URL would write some of it otherwise. */
function pathOf(url: string): string {
  const [path] = url.slice(url.indexOf("/", url.indexOf("//") + 2)).split("#");
  return path!;
}

/** What the probe's own headers do not say is kubelet's. An empty `Accept` is left out. */
function probeHeaders(
  { httpHeaders = [] }: HTTPGetAction,
): (readonly [string, string])[] {
  const headers = httpHeaders
    .map(({ name, value }) => [name, value] as const);
  const has = (wanted: string) =>
    headers.find(([name]) => name.toLowerCase() === wanted);
  const accept = has("accept");
  return [
    ...has("user-agent") ? [] : [["User-Agent", "kube-probe/1.36"] as const],
    ...headers.filter(([name, value]) =>
      name.toLowerCase() !== "accept" || value !== ""
    ),
    ...accept ? [] : [["Accept", "*/*"] as const],
  ];
}

/** Where the answer sends the probe, if that is the same host: a probe goes nowhere else, and is content with being sent there. */
export function redirectWithin(
  hostname: string,
  { at, status, location }: {
    readonly at: string;
    readonly status: number;
    readonly location: string | undefined;
  },
): string | undefined {
  if (!REDIRECTS.includes(status) || location === undefined) return undefined;
  const next = URL.canParse(location, at) ? new URL(location, at) : undefined;
  return next?.hostname === new URL(`http://${bracketed(hostname)}`).hostname
    ? next.href
    : undefined;
}
