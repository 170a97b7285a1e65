/**
 * A terminal joined with a process in a container.
 *
 * @module
 */
import { CHANNEL } from "../base/channel_frames.ts";
import { decodeText, encodeText } from "../base/bytes.ts";
import { ApiError } from "../api/status.ts";
import type { Status } from "../api/status_object.ts";
import { ChannelSocket } from "../client/channel_socket.ts";
import { queryString } from "../client/paths.ts";
import type { CliContext } from "./context.ts";
import { CliFailure, EXIT_OK } from "./failure.ts";
import type { LogTarget } from "./log_targets.ts";
import type { TerminalInput } from "./terminal.ts";

/** What is wanted of the process. */
export interface SessionOptions {
  /** `exec` with a command, or `attach`. */
  readonly type: "exec" | "attach";
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
  /** What its streams are. @default the terminal's */
  readonly streams?: SessionEnds;
}

/** A session's ends in this program. */
export interface SessionEnds {
  /** What the process is to read. @default nothing */
  readonly input?: AsyncIterable<Uint8Array>;
  out(bytes: Uint8Array): Promise<void>;
  err(bytes: Uint8Array): void;
}

const PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

/** Runs a session to its end; answers the process' exit status. @throws {ApiError} when it could not be run */
export async function runSession(
  context: CliContext,
  target: LogTarget,
  options: SessionOptions,
): Promise<number> {
  const { host, terminal } = context;
  const { type, command, stdin } = options;
  if (options.streams) {
    return await runApart(context, target, {
      ...options,
      streams: options.streams,
    });
  }
  const input = stdin ? terminal.input : undefined;
  const tty = options.tty && input?.isTerminal === true;
  if (options.tty && !tty) {
    terminal.err(
      "Unable to use a TTY - input is not a terminal or the right kind of file",
    );
  }
  const socket = await openSession(context, target, {
    ...{ type, command, tty },
    stdin: input !== undefined,
  });
  const resizing = tty ? followSize(input!, socket) : undefined;
  if (tty) input!.setRaw(true);
  try {
    if (input !== undefined) {
      host.spawn("standard input", () => sendInput(input.readable(), socket));
    }
    const status = await receive(socket, {
      out: (bytes) => terminal.out(bytes),
      err: (bytes) => terminal.errBytes?.(bytes),
    });
    const exitCode = exitCodeOf(status);
    if (exitCode !== EXIT_OK) terminal.err(terminatedWith(exitCode));
    return exitCode;
  } finally {
    if (tty) input!.setRaw(false);
    resizing?.[Symbol.dispose]();
    socket.close();
  }
}

/** What is said of a process that failed. */
export function terminatedWith(exitCode: number): string {
  return `command terminated with exit code ${exitCode}`;
}

/** A session whose streams are not the terminal's; says nothing itself. What goes wrong with the input is thrown. */
async function runApart(
  context: CliContext,
  target: LogTarget,
  options: SessionOptions & { readonly streams: SessionEnds },
): Promise<number> {
  const { streams } = options;
  const socket = await openSession(context, target, {
    ...options,
    stdin: streams.input !== undefined,
  });
  let failed: { error: unknown } | undefined;
  const sending = streams.input && sendInput(streams.input, socket)
    .catch((error) => {
      failed = { error };
      socket.close();
    });
  try {
    return exitCodeOf(await receive(socket, streams));
  } catch (error) {
    throw failed ? failed.error : error;
  } finally {
    socket.close();
    await sending;
  }
}

async function openSession(
  context: CliContext,
  { pod, container }: LogTarget,
  { type, command, stdin, tty }: SessionOptions,
): Promise<ChannelSocket> {
  const { name, namespace } = pod.metadata;
  const query = queryString({
    ...{ container, stdin, tty },
    stdout: true,
    stderr: !tty,
  });
  const words = command.map((word) => `&command=${encodeURIComponent(word)}`);
  return await ChannelSocket.open(context.host, await context.transport(), {
    path: `/api/v1/namespaces/${namespace}/pods/${name}/${type}${query}` +
      words.join(""),
    protocols: PROTOCOLS,
  });
}

function followSize(
  input: TerminalInput,
  socket: ChannelSocket,
): Disposable {
  const tell = () => {
    const { columns, rows } = input.size();
    const size = JSON.stringify({ Width: columns, Height: rows });
    void socket.send(CHANNEL.resize, encodeText(size));
  };
  tell();
  return input.onResize(tell);
}

async function sendInput(
  input: AsyncIterable<Uint8Array>,
  socket: ChannelSocket,
): Promise<void> {
  for await (const chunk of input) {
    await socket.send(CHANNEL.stdin, chunk);
  }
  await socket.send(CHANNEL.close, new Uint8Array([CHANNEL.stdin]));
}

async function receive(
  socket: ChannelSocket,
  { out, err }: Pick<SessionEnds, "out" | "err">,
): Promise<Status> {
  for await (const { channel, payload } of socket.frames()) {
    if (channel === CHANNEL.stdout) await out(payload);
    if (channel === CHANNEL.stderr) err(payload);
    if (channel === CHANNEL.error) return JSON.parse(decodeText(payload));
  }
  throw new CliFailure("the connection to the server ended");
}

/** @throws {ApiError} when there was no process */
function exitCodeOf(status: Status): number {
  if (status.status === "Success") return EXIT_OK;
  const cause = status.details?.causes?.find(({ reason }) =>
    reason === "ExitCode"
  );
  if (status.reason !== "NonZeroExitCode" || cause?.message === undefined) {
    throw new ApiError(status);
  }
  return Number(cause.message);
}
