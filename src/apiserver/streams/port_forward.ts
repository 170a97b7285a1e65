/**
 * One forwarded connection: a client's stream on the one hand, a stream to a port of the pod on the other.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import type { MuxStream } from "../../base/mux.ts";
import type { ApiServer } from "../call.ts";
import { openNodeStream, reasonOf } from "./node_stream.ts";

/** Where connections go. */
export interface ForwardTarget {
  readonly api: Pick<ApiServer, "links" | "host">;
  readonly node: string;
  readonly pod: Pod;
}

/** The client's end of a connection. */
export interface ForwardedStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  /** Whether the client broke it off rather than ended its direction. */
  readonly wasReset?: boolean;
}

/** The highest port there is. */
const MAX_PORT = 65535;

/** A port number, or undefined when the text is none. */
export function parsePort(text: string | undefined): number | undefined {
  const port = /^\d{1,5}$/.test(text ?? "") ? Number(text) : 0;
  return port >= 1 && port <= MAX_PORT ? port : undefined;
}

/** Carries bytes both ways until both directions ended, each in its time. Answers what went wrong, in kubelet's words, or undefined. Never rejects. */
export async function forwardPort(
  target: ForwardTarget,
  port: number,
  client: ForwardedStream,
): Promise<string | undefined> {
  const { name, namespace = "", uid } = target.pod.metadata;
  let stream: MuxStream;
  try {
    stream = openNodeStream(target.api, target.node, {
      type: "portforward",
      namespace,
      pod: name,
      ...(uid === undefined ? {} : { uid }),
      port,
    });
  } catch (error) {
    return forwardingError(target, port, error);
  }
  const up = client.readable.pipeTo(stream.writable).then(() => {
    if (client.wasReset) stream.reset("client broke off");
  }, (error) => stream.reset(reasonOf(error)));
  let failure: string | undefined;
  try {
    // a broken direction is told on the error stream before the client's end is closed
    await stream.readable.pipeTo(client.writable, { preventAbort: true });
  } catch (error) {
    stream.reset(reasonOf(error));
    if (!client.wasReset) failure = forwardingError(target, port, error);
  }
  if (failure === undefined) await up;
  return failure;
}

function forwardingError(
  { pod }: ForwardTarget,
  port: number,
  error: unknown,
): string {
  const reason = reasonOf(error);
  if (reason.startsWith("error forwarding port")) return reason;
  const { name, namespace = "", uid = "" } = pod.metadata;
  return `error forwarding port ${port} to pod ${name}_${namespace}, uid ${uid}: ${reason}`;
}
