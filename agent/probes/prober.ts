/**
 * One probe, tried once.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type {
  ExecAction,
  GRPCAction,
  ProbeHandler,
} from "../../src/api/core/probe.ts";
import { decodeText } from "../../src/base/bytes.ts";
import { type Host, HostError } from "../../src/base/host.ts";
import { type ExecSyncResult, ExecTimeout } from "../runtime/sessions.ts";
import { dialProblem } from "./dial_problem.ts";
import { httpProbe } from "./http_probe.ts";
import { portNumber } from "./port_number.ts";
import { failure, type ProbeResult, SUCCESS, unknown } from "./probe_result.ts";
import { rpcError } from "./rpc_error.ts";

/** What of a command's output is shown; kubelet's number. */
const MAX_OUTPUT_BYTES = 10 * 1024;

/** How often kubelet tries what cannot be made before it says so. */
const MAX_TRIES = 3;

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
  /** The pod's address: with hostNetwork the node's. @default "127.0.0.1" */
  readonly ip?: string;
  readonly timeoutMs: number;
}

type ProbeHost = Pick<Host, "net" | "clock">;

/** Tries the probe; again, at most twice, when it could not even be made. Does not throw. */
export async function tryProbe(
  host: ProbeHost,
  handler: ProbeHandler,
  target: ProbeTarget,
): Promise<ProbeResult> {
  let result = unknown("Could not probe: nothing is asked");
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    try {
      result = await tryOnce(host, handler, target);
    } catch (error) {
      result = unknown(rpcError(error));
    }
    if (result.outcome !== "unknown") return result;
  }
  return result;
}

async function tryOnce(
  host: ProbeHost,
  { exec, httpGet, tcpSocket, grpc }: ProbeHandler,
  target: ProbeTarget,
): Promise<ProbeResult> {
  const address = target.ip ?? "127.0.0.1";
  if (exec) return await execProbe(exec, target);
  if (httpGet) return await httpProbe(host, httpGet, { ...target, address });
  if (tcpSocket) {
    const port = portNumber(tcpSocket.port, target.container);
    const hostname = tcpSocket.host || address;
    return await tcpProbe(host, { hostname, port }, target);
  }
  if (grpc) return await grpcProbe(host, grpc, { ...target, address });
  return unknown("Could not probe: nothing is asked");
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
  host: ProbeHost,
  { port, service = "" }: GRPCAction,
  { address: hostname, timeoutMs }: {
    readonly address: string;
    readonly timeoutMs: number;
  },
): Promise<ProbeResult> {
  const { grpcHealth } = await import("./grpc_probe.ts"); // few pods have one
  const why = await grpcHealth(host, { hostname, port, service, timeoutMs });
  return why === undefined ? SUCCESS : failure(why);
}

async function tcpProbe(
  host: ProbeHost,
  to: { readonly hostname: string; readonly port: number },
  { timeoutMs }: ProbeTarget,
): Promise<ProbeResult> {
  const late = new AbortController();
  const timer = host.clock.after(timeoutMs, () => late.abort());
  try {
    const stream = await host.net.dial(to, { signal: late.signal });
    stream.close();
    return SUCCESS;
  } catch (error) {
    const { aborted } = late.signal;
    const problem = aborted ? new HostError("timeout", "Too late") : error;
    return failure(dialProblem(problem, to));
  } finally {
    timer.cancel();
  }
}
