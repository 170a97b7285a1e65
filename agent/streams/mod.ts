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
import type { SessionKind } from "./session_limit.ts";
import type { StreamParts } from "./stream_parts.ts";

export type { StreamParts, StreamPod } from "./stream_parts.ts";

type Serve = (stream: MuxStream, parts: StreamParts) => Promise<void>;

const KINDS: Readonly<
  Record<string, { readonly serve: Serve; readonly counts: SessionKind }>
> = {
  exec: { serve: serveExec, counts: "session" },
  attach: { serve: serveAttach, counts: "session" },
  portforward: { serve: servePortForward, counts: "connection" },
  connect: { serve: serveConnect, counts: "connection" },
};

/** Serves a stream to its end. Never rejects: what goes wrong resets the stream, with an HTTP status first when it is refused. */
export async function serveStream(
  stream: MuxStream,
  parts: StreamParts,
): Promise<void> {
  try {
    const { namespace, pod } = stream.header;
    const type = String(stream.header["type"]);
    const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
    if (!kind) throw new Refusal(400, `unknown kind of stream "${type}"`);
    using _place = parts.limit.enter(
      kind.counts,
      pod === undefined ? undefined : `${namespace}/${pod}`,
    );
    await kind.serve(stream, parts);
  } catch (error) {
    stream.reset(error instanceof Refusal ? error.reason : messageOf(error));
  }
}
