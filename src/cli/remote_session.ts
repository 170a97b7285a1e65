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
  const input = stdin ? terminal.input : undefined;
  const tty = options.tty && input?.isTerminal === true;
  if (options.tty && !tty) {
    terminal.err(
      "Unable to use a TTY - input is not a terminal or the right kind of file",
    );
  }
  const { name, namespace } = target.pod.metadata;
  const query = queryString({
    container: target.container,
    stdin: input !== undefined,
    stdout: true,
    stderr: !tty,
    tty,
  });
  const words = command.map((word) => `&command=${encodeURIComponent(word)}`);
  const socket = await ChannelSocket.open(host, await context.transport(), {
    path: `/api/v1/namespaces/${namespace}/pods/${name}/${type}${query}` +
      words.join(""),
    protocols: PROTOCOLS,
  });
  const resizing = tty ? followSize(input!, socket) : undefined;
  if (tty) input!.setRaw(true);
  try {
    if (input !== undefined) {
      host.spawn("standard input", () => sendInput(input, socket));
    }
    return await receive(context, socket);
  } finally {
    if (tty) input!.setRaw(false);
    resizing?.[Symbol.dispose]();
    socket.close();
  }
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
  input: TerminalInput,
  socket: ChannelSocket,
): Promise<void> {
  for await (const chunk of input.readable()) {
    await socket.send(CHANNEL.stdin, chunk);
  }
  await socket.send(CHANNEL.close, new Uint8Array([CHANNEL.stdin]));
}

async function receive(
  { terminal }: CliContext,
  socket: ChannelSocket,
): Promise<number> {
  for await (const { channel, payload } of socket.frames()) {
    if (channel === CHANNEL.stdout) await terminal.out(payload);
    if (channel === CHANNEL.stderr) terminal.errBytes?.(payload);
    if (channel === CHANNEL.error) {
      return exitCodeOf(terminal, JSON.parse(decodeText(payload)));
    }
  }
  throw new CliFailure("the connection to the server ended");
}

/** @throws {ApiError} when there was no process */
function exitCodeOf(
  terminal: CliContext["terminal"],
  status: Status,
): number {
  if (status.status === "Success") return EXIT_OK;
  const cause = status.details?.causes?.find(({ reason }) =>
    reason === "ExitCode"
  );
  if (status.reason !== "NonZeroExitCode" || cause?.message === undefined) {
    throw new ApiError(status);
  }
  terminal.err(`command terminated with exit code ${cause.message}`);
  return Number(cause.message);
}
