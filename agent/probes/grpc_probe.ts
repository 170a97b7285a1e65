/**
 * Asks the gRPC health service, in kubelet's words.
 *
 * @module
 * @see {@link https://github.com/grpc/grpc/blob/master/doc/health-checking.md}
 */
import { concat, encodeText } from "../../src/base/bytes.ts";
import type { Host } from "../../src/base/host.ts";
import { GrpcChannel } from "../runtime/containerd/grpc_channel.ts";
import { isGrpc } from "../runtime/containerd/grpc_error.ts";
import { rpcError } from "./rpc_error.ts";

const CHECK = { parent: { typeName: "grpc.health.v1.Health" }, name: "Check" };

/** `HealthCheckResponse.ServingStatus`, by number. */
const STATUSES = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

/** What is asked, and where. */
export interface HealthQuestion {
  readonly hostname: string;
  readonly port: number;
  /** "" for the server as a whole. */
  readonly service: string;
  readonly timeoutMs: number;
}

/** Answers why the service is not well; undefined when it is. Does not throw. */
export async function grpcHealth(
  host: Pick<Host, "net" | "clock">,
  { hostname, port, service, timeoutMs }: HealthQuestion,
): Promise<string | undefined> {
  const within = `${timeoutMs / 1000}s`;
  await using channel = new GrpcChannel({ hostname, port }, host);
  try {
    const answer = await channel.unaryBytes(CHECK, request(service), {
      timeoutMs,
    });
    const status = statusOf(answer);
    return status === 1
      ? undefined
      : `service unhealthy (responded with "${STATUSES[status] ?? status}")`;
  } catch (error) {
    if (isGrpc(error, "Unavailable") && error.cause !== undefined) {
      const at = hostname.includes(":") ? `[${hostname}]` : hostname;
      return `timeout: failed to connect service "${at}:${port}" within ${within}: context deadline exceeded`;
    }
    if (isGrpc(error, "DeadlineExceeded")) {
      return `timeout: health rpc did not complete within ${within}`;
    }
    if (isGrpc(error, "Unimplemented")) {
      return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${error.message}`;
    }
    return `error: health rpc probe failed: ${rpcError(error)}`;
  }
}

/** `HealthCheckRequest`: field 1 is the service's name. */
function request(service: string): Uint8Array {
  const name = encodeText(service);
  if (name.length === 0) return name;
  const length = [];
  for (let rest = name.length;; rest >>>= 7) {
    if (rest < 0x80) {
      length.push(rest);
      break;
    }
    length.push((rest & 0x7f) | 0x80);
  }
  return concat([new Uint8Array([0x0a, ...length]), name]);
}

/** `HealthCheckResponse`: field 1 is the status; none is 0. */
function statusOf(answer: Uint8Array): number {
  return answer[0] === 0x08 ? answer[1] ?? 0 : 0;
}
