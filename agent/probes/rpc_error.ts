/**
 * Errors of calls as Go's gRPC prints them, which is how kubelet shows them.
 *
 * @module
 */
import { messageOf } from "../../src/base/errors.ts";
import { GrpcCode, GrpcError } from "../runtime/containerd/grpc_error.ts";

/** How containerd begins when a command cannot be started; kubelet's client puts the code before it. */
const NOT_STARTED = /^failed to exec in container: /;

/** The text. Errors that are none of a call are told as they are. */
export function rpcError(error: unknown): string {
  const message = messageOf(error);
  if (error instanceof GrpcError) {
    const name = Object.entries(GrpcCode)
      .find(([, number]) => number === error.code)?.[0];
    const code = name ?? `Code(${error.code})`;
    return `rpc error: code = ${code} desc = ${message}`;
  }
  return NOT_STARTED.test(message)
    ? `rpc error: code = Unknown desc = ${message}`
    : message;
}
