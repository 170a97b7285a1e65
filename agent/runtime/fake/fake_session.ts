/**
 * Sessions with scripted containers.
 *
 * @module
 */
import { encodeText } from "../../../src/base/bytes.ts";
import type { SessionStreams } from "../sessions.ts";
import type { FakeSession } from "./fake_machine.ts";

/** Runs a scripted process on a session's streams until it ends or the session does. */
export async function runFakeSession<T>(
  streams: SessionStreams,
  process: (session: FakeSession) => Promise<T>,
): Promise<T> {
  const { stdin, stdout, stderr, resize, signal, tty } = streams;
  signal.throwIfAborted();
  const writers = {
    stdout: stdout?.getWriter(),
    stderr: tty ? undefined : stderr?.getWriter(),
  };
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  aborted.promise.catch(() => {});
  try {
    return await Promise.race([
      process({
        stdin: stdin ?? empty(),
        resize: resize ?? empty(),
        print: async (text, stream = "stdout") => {
          await writers[tty ? "stdout" : stream]?.write(encodeText(text));
        },
        signal,
      }),
      aborted.promise,
    ]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    writers.stdout?.releaseLock();
    writers.stderr?.releaseLock();
  }
}

/** What a command does that nobody wrote a script for. */
export async function printCommand(
  command: readonly string[],
  { print }: FakeSession,
): Promise<number> {
  await print(`${command.join(" ")}\n`);
  return 0;
}

function empty(): ReadableStream<never> {
  return new ReadableStream({ start: (controller) => controller.close() });
}
