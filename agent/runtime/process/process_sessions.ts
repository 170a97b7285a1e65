/**
 * What sessions are possible with a container that is one process of an engine.
 *
 * @module
 */
import { concat, encodeText } from "../../../src/base/bytes.ts";
import type { Host } from "../../../src/base/host.ts";
import type { LogEntry } from "../runtime.ts";
import {
  connectionOf,
  type PortConnection,
  type SessionStreams,
} from "../sessions.ts";

const NEWLINE = encodeText("\n");

/** Why a command cannot be run: there is nothing in the container but its one module. */
export function noExec(engine: string): Error {
  const kind = engine === "wasmtime" ? "WASM" : engine;
  return new Error(
    `Can not exec: it is not possible in a ${kind} container, there is no other program in it`,
  );
}

/** Hands over what the container prints from now on, until it ends. @throws {Error} when input is wanted, which these containers do not have */
export async function attachToOutput(
  follow: (signal: AbortSignal) => AsyncIterable<LogEntry>,
  { stdin, stdout, stderr, signal }: SessionStreams,
): Promise<void> {
  if (stdin) {
    throw new Error("Can not attach stdin: a WASM container has none");
  }
  const writers = {
    stdout: stdout?.getWriter(),
    stderr: stderr?.getWriter(),
  };
  try {
    for await (const { stream, line, partial } of follow(signal)) {
      await writers[stream]?.write(partial ? line : concat([line, NEWLINE]));
    }
    signal.throwIfAborted();
  } finally {
    writers.stdout?.releaseLock();
    writers.stderr?.releaseLock();
  }
}

/** Connects to a port on the pod's address: the engines listen there. */
export async function dialPod(
  host: Pick<Host, "net">,
  to: { hostname: string; port: number },
  options: { signal: AbortSignal },
): Promise<PortConnection> {
  return connectionOf(await host.net.dial(to, options));
}
