/**
 * The streams that the server opens to this node: exec, attach, port-forward, and connections into the pod network. Loaded with the first of them.
 *
 * @module
 */
import { messageOf } from "../../src/base/errors.ts";
import type { MuxStream } from "../../src/base/mux.ts";
import { serveConnect, servePortForward } from "./port_streams.ts";
import { Refusal } from "./refusal.ts";
import { serveAttach, serveExec } from "./remote_command.ts";
import type { StreamParts } from "./stream_parts.ts";

export type { StreamParts, StreamPod } from "./stream_parts.ts";

type Serve = (stream: MuxStream, parts: StreamParts) => Promise<void>;

const KINDS: Readonly<Record<string, Serve>> = {
  exec: serveExec,
  attach: serveAttach,
  portforward: servePortForward,
  connect: serveConnect,
};

/** Serves a stream to its end. Never rejects: what goes wrong resets the stream, with an HTTP status first when it is refused. */
export async function serveStream(
  stream: MuxStream,
  parts: StreamParts,
): Promise<void> {
  try {
    const type = String(stream.header["type"]);
    const serve = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
    if (!serve) throw new Refusal(400, `unknown kind of stream "${type}"`);
    await serve(stream, parts);
  } catch (error) {
    stream.reset(error instanceof Refusal ? error.reason : messageOf(error));
  }
}
