/**
 * What a container says at its end.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import { concat, decodeText } from "../../src/base/bytes.ts";
import type { Host } from "../../src/base/host.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** Longest message that is taken from the file, in bytes: its end; kubelet's. */
export const FILE_LIMIT_BYTES = 4096;
/** Longest message that is taken from the output, in bytes, and in lines; kubelet's. */
const LOG_LIMIT = { bytes: 2048, lines: 80 } as const;

/** Where a container of an attempt writes its message, on the node. `podFolder` is the pod's own. */
export function terminationPath(
  podFolder: string,
  { name, attempt }: { name: string; attempt: number },
): string {
  return `${podFolder}/containers/${name}/${attempt}`;
}

/**
 * The message of an attempt that has ended: what it wrote to `terminationMessagePath`; with `FallbackToLogsOnError`, and after a failure, the end of its
 * output. Undefined when it said nothing.
 *
 * @see {@link https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/}
 */
export async function terminationMessage(
  host: Pick<Host, "disk">,
  ended: {
    readonly container: Container;
    readonly runtime: Runtime;
    readonly id: string;
    readonly path: string;
    readonly exitCode: number;
    /** The runtime's word for the end. */
    readonly reason?: string;
  },
): Promise<string | undefined> {
  const { container, path, exitCode } = ended;
  const written = await readFile(host, path);
  if (written) return written;
  // What could not even be started has printed nothing.
  const fallback =
    container.terminationMessagePolicy === "FallbackToLogsOnError" &&
    exitCode !== 0 && ended.reason !== "ContainerCannotRun";
  return fallback ? await readLog(ended.runtime, ended.id) : undefined;
}

/** The end of a file, as much of it as a message may have. */
export async function readTail(
  { disk }: Pick<Host, "disk">,
  path: string,
): Promise<Uint8Array> {
  const { sizeBytes } = await disk.stat(path);
  const offset = Math.max(0, sizeBytes - FILE_LIMIT_BYTES);
  return await disk.readAt(path, { offset, length: FILE_LIMIT_BYTES });
}

async function readFile(
  host: Pick<Host, "disk">,
  path: string,
): Promise<string | undefined> {
  try {
    return decodeText(await readTail(host, path)) || undefined;
  } catch {
    return undefined; // this engine gives its containers no such file
  }
}

async function readLog(
  runtime: Runtime,
  id: string,
): Promise<string | undefined> {
  try {
    const { signal } = new AbortController();
    let text = new Uint8Array();
    const options = { follow: false, tailLines: LOG_LIMIT.lines, signal };
    for await (const { line, partial } of runtime.logs(id, options)) {
      const more = partial ? [line] : [line, NEWLINE];
      // Only the end counts.
      text = concat([text, ...more]).slice(-LOG_LIMIT.bytes);
    }
    return decodeText(text) || undefined;
  } catch {
    return undefined; // the log is gone with its container
  }
}

const NEWLINE = new Uint8Array([10]);
