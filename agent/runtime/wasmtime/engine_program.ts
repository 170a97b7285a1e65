/**
 * Which wasmtime there is: where, which version, and whether it is still the same file.
 *
 * @module
 */
import { encodeHex } from "../../../src/base/bytes.ts";
import type { Host } from "../../../src/base/host.ts";

type ProgramHost = Pick<Host, "disk" | "processes" | "crypto">;

/** A wasmtime that was found to run. */
export interface EngineProgram {
  /** As it was found on PATH. */
  readonly path: string;
  /** The file that this leads to. */
  readonly realPath: string;
  /** For example `49.0.3`. */
  readonly version: string;
  /** All that it says of itself: version, commit, date. */
  readonly banner: string;
  /** Changes when the file does. */
  readonly stamp: string;
}

/** There is no wasmtime that could run pods; the message says why. */
export class UnusableEngine extends Error {
  override readonly name = "UnusableEngine";
}

/** The oldest version whose options and exit codes are known here. */
const OLDEST_MAJOR = 48;

/** How long a program may take to tell its version. */
const TELL_MS = 20_000;

/** The wasmtime at this path. @throws {UnusableEngine} when it is not there, does not run, or is something else or too old */
export async function engineProgram(
  host: ProgramHost,
  path: string,
): Promise<EngineProgram> {
  const stamp = await programStamp(host, path);
  if (stamp === undefined) {
    throw new UnusableEngine(`Can not run "${path}": it is not there`);
  }
  const asked = await host.processes.run(path, {
    args: ["--version"],
    timeoutMs: TELL_MS,
  }).catch((error: unknown) => {
    throw new UnusableEngine(
      `Can not run "${path}": ${(error as Error).message}`,
    );
  });
  const version = /^wasmtime (\S+)/.exec(asked.stdout)?.[1];
  if (asked.code !== 0 || !version) {
    throw new UnusableEngine(
      `Can not run "${path}": ${asked.stderr.trim() || "not wasmtime"}`,
    );
  }
  if (Number(version.split(".")[0]) < OLDEST_MAJOR) {
    throw new UnusableEngine(
      `Can not use "${path}": it is wasmtime ${version}, and ${OLDEST_MAJOR} or newer is needed`,
    );
  }
  return {
    path,
    realPath: await host.disk.realPath(path),
    version,
    banner: asked.stdout.trim(),
    stamp,
  };
}

/** What tells a file from one that takes its place; undefined when none is there. */
export async function programStamp(
  host: Pick<Host, "disk">,
  path: string,
): Promise<string | undefined> {
  try {
    const real = await host.disk.realPath(path);
    const { isFile, sizeBytes, modified } = await host.disk.stat(real);
    return isFile ? `${real} ${sizeBytes} ${modified}` : undefined;
  } catch {
    return undefined;
  }
}

/** The digest of a file's content, in hex, read piece by piece. */
export async function fileSha256(
  host: Pick<Host, "disk" | "crypto">,
  path: string,
): Promise<string> {
  const hasher = host.crypto.hasher("sha256");
  await using file = await host.disk.openRead(path);
  const buffer = new Uint8Array(256 * 1024);
  for (;;) {
    const read = await file.read(buffer);
    if (read === null) return encodeHex(hasher.digest());
    hasher.update(buffer.subarray(0, read));
  }
}
