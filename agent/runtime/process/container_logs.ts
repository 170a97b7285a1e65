/**
 * A container's output: both streams' logs put together in the order of time.
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";
import type { LogEntry, Runtime } from "../runtime.ts";
import { logNames } from "./log_names.ts";
import { LogReader } from "./log_reader.ts";

/** Whose output, and how much of it. */
export interface ContainerLogsRequest {
  readonly folder: string;
  readonly attempt: number;
  readonly options: Parameters<Runtime["logs"]>[1];
  /** Whether the container has ended: then its logs are complete. */
  hasEnded(): Promise<boolean>;
  /** Called once what is there already is left behind: what is printed from then on is handed over. */
  onBegin?(): void;
  /** Calls back when a container has ended. */
  onExit(listener: () => void): Disposable;
}

/** The output as {@linkcode Runtime.logs} promises it. Following waits for changes of the files and does not poll. */
export async function* containerLogs(
  host: Pick<Host, "disk">,
  request: ContainerLogsRequest,
): AsyncGenerator<LogEntry> {
  const { folder, options } = request;
  const { signal, since, tailLines } = options;
  const names = logNames(request.attempt);
  const readers = [names.stdout, names.stderr].map((name) =>
    new LogReader(host, `${folder}/${name}`)
  );
  const isWanted = (entry: LogEntry) =>
    since === undefined || entry.time >= since;
  using bell = new Bell(signal);
  using _files = options.follow
    ? host.disk.watch(folder, () => bell.ring())
    : undefined;
  using _exits = options.follow ? request.onExit(() => bell.ring()) : undefined;
  if (tailLines !== undefined) {
    for (const entry of await lastEntries(readers, tailLines)) {
      if (isWanted(entry)) yield entry;
    }
  }
  request.onBegin?.();
  for (;;) {
    bell.still();
    // Asked before reading: what is written in between is then read in the next round.
    const ended = !options.follow || await request.hasEnded();
    for await (const entry of mergeByTime(readers.map((r) => r.read()))) {
      if (signal.aborted) return;
      if (isWanted(entry)) yield entry;
    }
    if (ended || signal.aborted) return;
    await bell.rung();
    if (signal.aborted) return;
  }
}

/** The last ones of both streams together; leaves the readers at the present end. */
async function lastEntries(
  readers: readonly LogReader[],
  count: number,
): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for (const reader of readers) {
    await reader.seekToLast(count);
    for await (const entry of reader.read()) entries.push(entry);
  }
  entries.sort((a, b) => a.time - b.time); // stable: a stream keeps its order
  return count > 0 ? entries.slice(-count) : [];
}

/** Entries of sources that are each in order, in order. */
async function* mergeByTime(
  sources: readonly AsyncGenerator<LogEntry>[],
): AsyncGenerator<LogEntry> {
  const heads = await Promise.all(sources.map((source) => source.next()));
  for (;;) {
    let first = -1;
    for (const [i, head] of heads.entries()) {
      if (head.done) continue;
      const best = heads[first];
      if (!best || best.done || head.value.time < best.value.time) first = i;
    }
    const head = heads[first];
    const source = sources[first];
    if (!head || head.done || !source) return;
    yield head.value;
    heads[first] = await source.next();
  }
}

/** Something to wait for that may ring before anybody waits. */
class Bell implements Disposable {
  readonly #signal: AbortSignal;
  #hasRung = false;
  #wake: (() => void) | undefined;
  readonly #onAbort = () => this.ring();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort);
  }

  ring(): void {
    this.#hasRung = true;
    this.#wake?.();
  }

  still(): void {
    this.#hasRung = false;
  }

  rung(): Promise<void> {
    if (this.#hasRung || this.#signal.aborted) return Promise.resolve();
    return new Promise((resolve) => this.#wake = resolve);
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}
