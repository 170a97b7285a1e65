/**
 * exec and attach on a runtime's streaming server: a stream each for errors, input, output and the terminal's size (Kubernetes'
 * `v4.channel.k8s.io` over SPDY).
 *
 * @module
 */
import { concat, decodeText, encodeText } from "../../../../src/base/bytes.ts";
import { type Clock, HostError } from "../../../../src/base/host.ts";
import type { SpdySession, SpdyStream } from "../../../../src/base/spdy.ts";
import type { SessionStreams, TerminalSize } from "../../sessions.ts";

/** How the exit status of a command is told: streams for errors carry a Status. */
export const REMOTE_COMMAND_PROTOCOL = "v4.channel.k8s.io";

/** What containerd puts in front of its reasons; whoever shows them says so itself. */
const PREFIX =
  /^Internal error occurred: error (?:executing command in|attaching to) container: /;

interface Status {
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly causes?: readonly {
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

/** What a session may need beside its streams. */
export interface RemoteCommandOptions {
  readonly clock: Clock;
  /** Called now and then when all output has ended, but the runtime does not say how the command did, while there is input. */
  readonly onSilence?: () => Promise<void>;
  /** Called when the runtime has accepted all streams. */
  readonly onOpen?: () => void;
}

/** Pauses, in milliseconds, between looks at a runtime that says nothing. */
const SILENCE_MS = { first: 500, longest: 30_000 } as const;

/** Runs the session to its end; answers the command's exit code, 0 for an attachment. @throws {Error} with the runtime's reason, or the signal's */
export async function runRemoteCommand(
  session: SpdySession,
  streams: SessionStreams,
  options: RemoteCommandOptions,
): Promise<number> {
  const { stdin, stdout, stderr, resize, tty, signal } = streams;
  const open = (streamtype: string, isWanted: boolean) =>
    isWanted ? session.open({ streamtype }) : undefined;
  const over = new AbortController();
  try {
    // As many as the runtime waits for: with a terminal always one for its size.
    const [errors, input, output, errorOutput, sizes] = await Promise.all([
      session.open({ streamtype: "error" }),
      open("stdin", stdin !== undefined),
      open("stdout", stdout !== undefined),
      open("stderr", stderr !== undefined && !tty),
      open("resize", tty),
    ]);
    options.onOpen?.();
    if (stdin && input) void feed(stdin, input, over.signal);
    if (resize && sizes) void tellSizes(resize, sizes, over.signal);
    const outputs = Promise.all([
      stdout && output && hand(output, stdout),
      stderr && errorOutput && hand(errorOutput, stderr),
    ]);
    if (input) {
      outputs.then(() => whileSilent(options, over.signal)).catch(() => {});
    }
    const [told] = await Promise.all([readAll(errors.readable), outputs]);
    return exitCodeOf(told);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error;
  } finally {
    over.abort();
    session.close("the session is over");
  }
}

async function whileSilent(
  { clock, onSilence }: RemoteCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  if (!onSilence) return;
  for (let pauseMs: number = SILENCE_MS.first;; pauseMs *= 2) {
    await clock.sleep(Math.min(pauseMs, SILENCE_MS.longest), signal);
    await onSilence();
  }
}

/** Input goes until its end, or until the process reads no more: then nobody needs the rest. */
async function feed(
  stdin: ReadableStream<Uint8Array>,
  { writable }: SpdyStream,
  signal: AbortSignal,
): Promise<void> {
  await stdin.pipeTo(writable, { signal }).catch(() => {});
}

function hand(
  { readable }: SpdyStream,
  to: WritableStream<Uint8Array>,
): Promise<void> {
  return readable.pipeTo(to, { preventClose: true, preventAbort: true });
}

async function tellSizes(
  resize: ReadableStream<TerminalSize>,
  { writable }: SpdyStream,
  signal: AbortSignal,
): Promise<void> {
  const encode = new TransformStream<TerminalSize, Uint8Array>({
    transform({ width, height }, controller) {
      const size = JSON.stringify({ Width: width, Height: height });
      controller.enqueue(encodeText(`${size}\n`));
    },
  });
  await resize.pipeThrough(encode).pipeTo(writable, {
    signal,
    preventClose: true,
  }).catch(() => {});
}

async function readAll(readable: ReadableStream<Uint8Array>): Promise<string> {
  return decodeText(concat(await Array.fromAsync(readable)));
}

function exitCodeOf(told: string): number {
  if (told === "") {
    throw new HostError("closed", "The runtime broke the session off");
  }
  const status = parse(told);
  if (status?.status === "Success") return 0;
  const code = status?.details?.causes
    ?.find(({ reason }) => reason === "ExitCode")?.message;
  if (status?.reason === "NonZeroExitCode" && code !== undefined) {
    return Number(code);
  }
  throw new Error((status?.message ?? told).replace(PREFIX, ""));
}

function parse(told: string): Status | undefined {
  try {
    return JSON.parse(told);
  } catch {
    return undefined;
  }
}
