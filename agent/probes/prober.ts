/**
 * One probe, tried once.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type {
  ExecAction,
  GRPCAction,
  HTTPGetAction,
  ProbeHandler,
} from "../../src/api/core/probe.ts";
import { decodeText } from "../../src/base/bytes.ts";
import { type Host, HostError } from "../../src/base/host.ts";
import { type ExecSyncResult, ExecTimeout } from "../runtime/sessions.ts";

/** Answers that send a client elsewhere. */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
/** How many requests one try makes at most; Go's number. */
export const MAX_REQUESTS = 10;

/** What of a command's output is shown; kubelet's number. */
const MAX_OUTPUT_BYTES = 10 * 1024;

/** What one try found. `unknown` counts neither way: the probe itself could not be made. */
export interface ProbeResult {
  readonly outcome: "success" | "failure" | "unknown";
  /** Shown in the event; empty for a success. */
  readonly message: string;
}

/** Runs a command in the container to its end. @throws {ExecTimeout} */
export type RunCommand = (
  command: readonly string[],
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
) => Promise<ExecSyncResult>;

/** Where and how long. */
export interface ProbeTarget {
  readonly container: Container;
  /** Runs a command in the container, variables in it replaced. */
  readonly exec: RunCommand;
  /** The pod's address; absent with hostNetwork, where probes go to 127.0.0.1. */
  readonly ip?: string;
  readonly timeoutMs: number;
}

/** Tries the probe once. Does not throw. */
export async function tryProbe(
  host: Pick<Host, "net" | "clock">,
  handler: ProbeHandler,
  target: ProbeTarget,
): Promise<ProbeResult> {
  try {
    if (handler.exec) return await execProbe(handler.exec, target);
    if (handler.httpGet) return await httpGet(host, handler.httpGet, target);
    if (handler.tcpSocket) {
      const port = portNumber(handler.tcpSocket.port, target.container);
      const hostname = handler.tcpSocket.host || address(target);
      return await tcpSocket(host, { hostname, port }, target);
    }
    if (handler.grpc) return await grpcProbe(host, handler.grpc, target);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { outcome: "unknown", message };
  }
  return { outcome: "unknown", message: "Could not probe: nothing is asked" };
}

/** The command's output tells why; the exit code decides. */
async function execProbe(
  { command = [] }: ExecAction,
  { exec, timeoutMs }: ProbeTarget,
): Promise<ProbeResult> {
  try {
    const { exitCode, output } = await exec(command, { timeoutMs });
    if (exitCode === 0) return SUCCESS;
    return failure(decodeText(output.subarray(0, MAX_OUTPUT_BYTES)));
  } catch (error) {
    if (error instanceof ExecTimeout) return failure(error.message);
    throw error;
  }
}

async function grpcProbe(
  host: Pick<Host, "net" | "clock">,
  { port, service = "" }: GRPCAction,
  target: ProbeTarget,
): Promise<ProbeResult> {
  const { grpcHealth } = await import("./grpc_probe.ts"); // few pods have one
  const { timeoutMs } = target;
  const hostname = address(target);
  const why = await grpcHealth(host, { hostname, port, service, timeoutMs });
  return why === undefined ? SUCCESS : failure(why);
}

async function httpGet(
  host: Pick<Host, "net" | "clock">,
  action: HTTPGetAction,
  target: ProbeTarget,
): Promise<ProbeResult> {
  const port = portNumber(action.port, target.container);
  const scheme = (action.scheme ?? "HTTP").toLowerCase();
  const hostname = action.host || address(target);
  const path = action.path || "/";
  const url = `${scheme}://${bracketed(hostname)}:${port}${
    path.startsWith("/") ? path : `/${path}`
  }`;
  const headers = probeHeaders(action);
  const signal = host.clock.timeout(target.timeoutMs);
  try {
    let at = url;
    for (let requests = 0; requests < MAX_REQUESTS; requests++) {
      const response = await host.net.fetch(
        new Request(at, { headers, redirect: "manual", signal }),
        { insecureSkipVerify: true },
      );
      await response.body?.cancel();
      const next = redirectWithin(hostname, { at, response });
      if (next !== undefined) {
        at = next;
        continue;
      }
      if (response.status >= 200 && response.status < 400) return SUCCESS;
      return failure(`HTTP probe failed with statuscode: ${response.status}`);
    }
    return failure(`Get "${at}": stopped after ${MAX_REQUESTS} redirects`);
  } catch (error) {
    return failure(
      `Get "${url}": ${cause(error, { hostname, port, signal })}`,
    );
  }
}

/** What the probe's own headers do not say is kubelet's. */
function probeHeaders({ httpHeaders = [] }: HTTPGetAction): Headers {
  const headers = new Headers();
  for (const { name, value } of httpHeaders) headers.append(name, value);
  if (!headers.has("user-agent")) headers.set("user-agent", "kube-probe/1.36");
  if (!headers.has("accept")) headers.set("accept", "*/*");
  // A kept connection would outlive the container that it was made for.
  headers.set("connection", "close");
  return headers;
}

/** Where the answer sends the probe, if that is the same host: like kubelet, a probe goes nowhere else, and is content with being sent there. */
export function redirectWithin(
  hostname: string,
  { at, response }: { at: string; response: Response },
): string | undefined {
  const location = response.headers.get("location");
  if (!REDIRECTS.includes(response.status) || location === null) {
    return undefined;
  }
  const next = new URL(location, at);
  return next.hostname === new URL(`http://${bracketed(hostname)}`).hostname
    ? next.href
    : undefined;
}

async function tcpSocket(
  host: Pick<Host, "net" | "clock">,
  to: { hostname: string; port: number },
  target: ProbeTarget,
): Promise<ProbeResult> {
  const signal = host.clock.timeout(target.timeoutMs);
  try {
    const stream = await host.net.dial(to, { signal });
    stream.close();
    return SUCCESS;
  } catch (error) {
    return failure(cause(error, { ...to, signal }));
  }
}

const SUCCESS: ProbeResult = { outcome: "success", message: "" };

function failure(message: string): ProbeResult {
  return { outcome: "failure", message };
}

/** The failure in the words that Go's net package has for it, which people know from kubelet. */
function cause(
  error: unknown,
  at: { hostname: string; port: number; signal: AbortSignal },
): string {
  const dial = `dial tcp ${bracketed(at.hostname)}:${at.port}`;
  if (at.signal.aborted) return "context deadline exceeded";
  if (error instanceof HostError) {
    if (error.code === "refused") {
      return `${dial}: connect: connection refused`;
    }
    if (error.code === "unreachable") {
      return `${dial}: connect: no route to host`;
    }
    if (error.code === "timeout") return `${dial}: i/o timeout`;
  }
  return error instanceof Error ? error.message : String(error);
}

function address(target: ProbeTarget): string {
  return target.ip ?? "127.0.0.1";
}

/** A host as it stands in URLs. */
export function bracketed(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

/** A port by its number or its name in the container. @throws {Error} when there is none */
export function portNumber(
  port: number | string,
  container: Container,
): number {
  if (typeof port === "number") return port;
  if (/^\d+$/.test(port)) return Number(port);
  const found = container.ports?.find(({ name }) => name === port);
  if (found) return found.containerPort;
  throw new Error(`Could not find the port "${port}" in the container's ports`);
}
