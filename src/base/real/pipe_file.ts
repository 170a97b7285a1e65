/**
 * The writing end of a named pipe.
 *
 * @module
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { type Clock, HostError, type PipeFile } from "../host.ts";

/** A pipe takes so many bytes whole or not at all, in bytes: `PIPE_BUF`. */
const WHOLE_BYTES = 4096;

/** How long, in milliseconds, a reader that takes nothing is left alone; doubles to the second. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;

/**
 * Opens it. See `Disk.openPipe`. It never blocks: a blocked write would hold one of the process' few threads for as long as the reader likes.
 *
 * @throws {HostError} `closed` when nobody has it open to read
 */
export async function openPipe(
  path: string,
  clock: Pick<Clock, "sleep">,
): Promise<PipeFile> {
  const file = await open(path, constants.O_WRONLY | constants.O_NONBLOCK)
    .catch((error) => {
      throw error.code === "ENXIO"
        ? new HostError("closed", `Nobody reads "${path}"`, { cause: error })
        : error;
    });
  if (!(await file.stat()).isFIFO()) {
    await file.close();
    throw new HostError("invalid", `Not a pipe: "${path}"`);
  }
  return {
    async write(data, signal) {
      let pauseMs = FIRST_PAUSE_MS;
      for (let at = 0; at < data.length;) {
        signal?.throwIfAborted();
        const part = data.subarray(at, at + WHOLE_BYTES);
        try {
          await file.write(part);
          at += part.length;
          pauseMs = FIRST_PAUSE_MS;
        } catch (error) {
          const { code } = error as { code?: string };
          if (code === "EPIPE") {
            throw new HostError("closed", `Nobody reads "${path}"`, {
              cause: error,
            });
          }
          if (code !== "EAGAIN") throw error;
          await clock.sleep(pauseMs, signal);
          pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
        }
      }
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}
