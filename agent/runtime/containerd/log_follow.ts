/**
 * A container's log as it is, and as it grows.
 *
 * @module
 */

import { dirname } from "node:path";
import type { Disk } from "../../../src/base/host.ts";
import type { LogEntry } from "../runtime.ts";
import { LogFile } from "./log_file.ts";

/** What to read and how long. */
export interface FollowOptions {
  readonly follow: boolean;
  /** Only entries at or after this time. */
  readonly since?: number;
  readonly tailLines?: number;
  readonly signal: AbortSignal;
  /** Whether the container may still write. */
  readonly isRunning: () => Promise<boolean>;
  /** Calls back when a container may have ended. */
  readonly onEnd: (wake: () => void) => Disposable;
}

/** The entries of the log file; with `follow` until the container has ended and all was read. */
export async function* followLog(
  disk: Disk,
  path: string,
  options: FollowOptions,
): AsyncGenerator<LogEntry> {
  const { signal, since = -Infinity } = options;
  const { tailLines } = options;
  const file = await LogFile.open(disk, path, {
    ...(tailLines !== undefined && { tailLines }),
    ...(options.since !== undefined && { since: options.since }),
  });
  if (!options.follow) {
    yield* filtered(file.read({ untilNow: true }), since);
    return;
  }
  let wake = () => {};
  let dirty = true;
  let mayHaveEnded = true;
  const onHint = () => {
    dirty = true;
    wake();
  };
  // The folder, because rotation replaces the file.
  using _changes = disk.watch(dirname(path), onHint);
  using _ends = options.onEnd(() => {
    mayHaveEnded = true;
    onHint();
  });
  signal.addEventListener("abort", onHint);
  try {
    while (!signal.aborted) {
      dirty = false;
      // Asked before reading: what was written before the end is then read for sure.
      const asked = mayHaveEnded;
      mayHaveEnded = false;
      const running = !asked || await options.isRunning();
      yield* filtered(file.read(), since);
      if (!running) return;
      if (!dirty) await new Promise<void>((resolve) => wake = resolve);
    }
  } finally {
    signal.removeEventListener("abort", onHint);
  }
}

async function* filtered(
  entries: AsyncIterable<LogEntry>,
  since: number,
): AsyncGenerator<LogEntry> {
  for await (const entry of entries) {
    if (entry.time >= since) yield entry;
  }
}
