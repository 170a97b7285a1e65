/**
 * A short command by way of a session, for runtimes that have no shorter way.
 *
 * @module
 */
import { concat } from "../../src/base/bytes.ts";
import { Stopped } from "../../src/base/errors.ts";
import type { Host } from "../../src/base/host.ts";
import {
  type ExecRequest,
  type ExecResult,
  type ExecSyncRequest,
  type ExecSyncResult,
  ExecTimeout,
} from "./sessions.ts";

/** What is kept of a command's output; more is thrown away. containerd's number. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Runs it with `exec`, and ends it after its time. */
export async function execToEnd(
  host: Pick<Host, "clock">,
  exec: (request: ExecRequest) => Promise<ExecResult>,
  request: ExecSyncRequest,
): Promise<ExecSyncResult> {
  const { command, timeoutMs, signal } = request;
  const late = new AbortController();
  const timer = timeoutMs
    ? host.clock.after(timeoutMs, () => late.abort(new Stopped("It is late")))
    : undefined;
  const stdout = new Kept();
  const stderr = new Kept();
  try {
    const { exitCode } = await exec({
      command,
      stdout: stdout.writable,
      stderr: stderr.writable,
      tty: false,
      signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
    });
    return { exitCode, output: concat([...stdout.parts, ...stderr.parts]) };
  } catch (error) {
    throw late.signal.aborted ? new ExecTimeout(request) : error;
  } finally {
    timer?.cancel();
  }
}

/** Output as far as it is kept. */
class Kept {
  readonly parts: Uint8Array[] = [];
  #leftBytes = MAX_OUTPUT_BYTES;

  readonly writable: WritableStream<Uint8Array> = new WritableStream({
    write: (chunk) => {
      const kept = chunk.slice(0, this.#leftBytes);
      this.#leftBytes -= kept.length;
      if (kept.length > 0) this.parts.push(kept);
    },
  });
}
