/**
 * Files of unix sockets, which outlive a process that crashed.
 *
 * @module
 */
import { HostError } from "../host.ts";

/**
 * Removes the socket file that a crashed process left.
 *
 * @throws {HostError} `in-use` when somebody listens there, `already-exists` when it is not a socket
 */
export async function removeStaleSocket(path: string): Promise<void> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (!info.isSocket) {
    throw new HostError(
      "already-exists",
      `Cannot listen on "${path}": a file that is not a socket is there`,
    );
  }
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) {
      return await Deno.remove(path); // nobody listens: its owner is gone
    }
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  throw new HostError(
    "in-use",
    `Cannot listen on "${path}": another process does`,
  );
}
