/**
 * What sessions are possible with a container that is one process of an engine.
 *
 * @module
 */
import { concat, encodeText } from "../../../src/base/bytes.ts";
import { Stopped } from "../../../src/base/errors.ts";
import { type Host, HostError } from "../../../src/base/host.ts";
import {
  type ContainerConfig,
  type LogEntry,
  RuntimeError,
} from "../runtime.ts";
import {
  connectionOf,
  type ExecRequest,
  type ExecResult,
  type PortConnection,
  type SessionStreams,
} from "../sessions.ts";
import type { ContainerProcess } from "./container_process.ts";
import type { ContainerRecord } from "./container_record.ts";
import type { ExitWatch } from "./exit_watch.ts";

const NEWLINE = encodeText("\n");

/** What users call a container of an engine. */
function kindOf(engine: string): string {
  return engine === "wasmtime" ? "WASM" : "Deno";
}

/** Why a command of a probe or hook cannot be run: there is nothing in the container but its one module. */
export function noCommand(engine: string): Error {
  return new Error(
    `Can not exec: it is not possible in a ${
      kindOf(engine)
    } container, there is no other program in it; probes by httpGet, tcpSocket and grpc work, and hooks by httpGet, tcpSocket and sleep`,
  );
}

/** The same of a command of a user. */
function noExec(engine: string): Error {
  return new Error(
    `Can not exec: it is not possible in a ${
      kindOf(engine)
    } container, there is no other program in it; what works: kubectl logs, attach (with stdin: true in the container also -i), port-forward, and cp to and from its volumes`,
  );
}

/**
 * The commands of `kubectl cp`, for the container's volumes.
 *
 * @throws {Error} for every other command
 */
export async function execInProcess(
  host: Pick<Host, "disk" | "random" | "processes">,
  container: {
    readonly engine: string;
    readonly record: ContainerRecord;
    readonly process: Pick<ContainerProcess, "state">;
    /** The container's own. */
    readonly folder: string;
    readonly exits: ExitWatch;
  },
  request: ExecRequest,
): Promise<ExecResult> {
  const { engine, record, process, folder, exits } = container;
  const { copyCommand } = await import("./copy/copy_command.ts");
  const command = copyCommand(request.command);
  if (!command) throw noExec(engine);
  // A copy holds the volumes, which are to be unmounted after the container's end.
  const over = new AbortController();
  using _exit = exits.on((id) => {
    if (id === record.id) over.abort(new Error("The container has ended"));
  });
  const state = await process.state();
  if (state?.kind !== "running") {
    throw new Error(`Can not exec: container "${record.id}" is not running`);
  }
  const { copyVolumes } = await import("./copy/volume_copy.ts");
  return await copyVolumes(host, {
    ...{ record, folder, command },
    pid: state.process.pid,
    kind: kindOf(engine),
    streams: {
      ...request,
      signal: AbortSignal.any([request.signal, over.signal]),
    },
  });
}

/** Refuses a container that is to have a terminal, which no engine gives. @throws {RuntimeError} `CreateContainerConfigError` */
export function refuseTerminal(
  config: Pick<ContainerConfig, "name" | "tty">,
  engine: string,
): void {
  if (!config.tty) return;
  throw new RuntimeError(
    "CreateContainerConfigError",
    `Can not create container "${config.name}": a ${
      kindOf(engine)
    } container has no terminal, leave tty out; stdin: true alone works`,
  );
}

/** The sessions that write to containers' inputs: where the input is to end with one of them, it ends for all. */
export class Inputs {
  readonly #writers = new Map<string, Set<AbortController>>();

  /** Aborts when the container's input has ended; forgotten when disposed. */
  join(path: string): Disposable & { readonly signal: AbortSignal } {
    const own = new AbortController();
    const all = this.#writers.get(path) ?? new Set();
    this.#writers.set(path, all.add(own));
    return {
      signal: own.signal,
      [Symbol.dispose]: () => {
        all.delete(own);
        if (all.size === 0) this.#writers.delete(path);
      },
    };
  }

  /** The container's input is over. */
  end(path: string): void {
    for (const writer of this.#writers.get(path) ?? []) {
      writer.abort(new Stopped("The container's input has ended"));
    }
  }
}

/** A container whose process a session joins. */
export interface Attachment {
  readonly process: Pick<ContainerProcess, "inputPath" | "endInput">;
  readonly config: Pick<ContainerConfig, "name" | "stdin" | "stdinOnce">;
  readonly inputs: Inputs;
  /** What it prints from the moment in which `onBegin` is called, until it ends. */
  follow(signal: AbortSignal, onBegin: () => void): AsyncIterable<LogEntry>;
}

/**
 * Hands over what the container prints from now on, until it ends, and gives it the session's input where the Pod says `stdin: true`. As with
 * containerd, the session ends with its input unless the container's does so, too (`stdinOnce`).
 *
 * @throws {Error} when a terminal or an input is wanted that the container does not have, or the signal's reason
 */
export async function attachToProcess(
  host: Pick<Host, "disk">,
  attachment: Attachment,
  streams: SessionStreams,
): Promise<void> {
  const { stdin, stdout, stderr, signal, tty } = streams;
  const { config } = attachment;
  if (tty) {
    throw new Error(
      `Can not attach with a terminal: container "${config.name}" has none, leave -t out`,
    );
  }
  if (stdin && !config.stdin) {
    throw new Error(
      `Can not attach stdin: container "${config.name}" has none, set stdin: true in the Pod`,
    );
  }
  const over = new AbortController();
  const detached = new AbortController();
  const began = Promise.withResolvers<void>();
  const either = AbortSignal.any([signal, over.signal]);
  const input = (async () => {
    if (!stdin) return;
    await began.promise;
    await giveInput(host, attachment, { stdin, signal: either });
    if (!config.stdinOnce) {
      detached.abort(new Stopped("The input has ended"));
    }
  })();
  input.catch(() => {}); // awaited below
  const writers = { stdout: stdout?.getWriter(), stderr: stderr?.getWriter() };
  const ends = AbortSignal.any([signal, detached.signal]);
  try {
    for await (
      const { stream, line, partial } of attachment.follow(ends, began.resolve)
    ) {
      await writers[stream]?.write(partial ? line : concat([line, NEWLINE]));
    }
    signal.throwIfAborted();
  } finally {
    over.abort(new Stopped("The session is over"));
    began.resolve();
    writers.stdout?.releaseLock();
    writers.stderr?.releaseLock();
    await input.catch(() => {});
  }
}

/** Writes the session's input to the container's, until one of them ends. */
async function giveInput(
  { disk }: Pick<Host, "disk">,
  { process, config, inputs }: Attachment,
  { stdin, signal }: { stdin: ReadableStream<Uint8Array>; signal: AbortSignal },
): Promise<void> {
  using own = inputs.join(process.inputPath);
  const ended = AbortSignal.any([signal, own.signal]);
  const chunks = stdin.pipeThrough(new TransformStream(), { signal: ended });
  try {
    await using pipe = await disk.openPipe(process.inputPath)
      .catch(unlessOver);
    for await (const chunk of chunks) await pipe?.write(chunk, ended);
  } catch (error) {
    if (!ended.aborted && !isOver(error)) throw error;
  } finally {
    // As containerd: whoever's session ends first, by its input or altogether.
    if (config.stdinOnce && !own.signal.aborted) {
      inputs.end(process.inputPath);
      await process.endInput();
    }
  }
}

function isOver(error: unknown): boolean {
  return error instanceof HostError &&
    (error.code === "closed" || error.code === "not-found");
}

function unlessOver(error: unknown): undefined {
  if (isOver(error)) return undefined;
  throw error;
}

/** Connects to a port on the pod's address: the engines listen there. */
export async function dialPod(
  host: Pick<Host, "net">,
  to: { hostname: string; port: number },
  options: { signal: AbortSignal },
): Promise<PortConnection> {
  return connectionOf(await host.net.dial(to, options));
}
