/**
 * What stat(2) tells, in the host's words.
 *
 * @module
 */
import type { FileInfo } from "../host.ts";

/** Translates it. */
export function fileInfo(info: Deno.FileInfo): FileInfo {
  const special = specialOf(info);
  return {
    isFile: info.isFile,
    isDirectory: info.isDirectory,
    isSymlink: info.isSymlink,
    sizeBytes: info.size,
    modified: info.mtime?.getTime() ?? 0,
    mode: (info.mode ?? 0) & 0o7777,
    ...(special && { special }),
    ...(info.uid !== null && { uid: info.uid }),
    ...(info.gid !== null && { gid: info.gid }),
  };
}

function specialOf(info: Deno.FileInfo): FileInfo["special"] {
  if (info.isSocket) return "socket";
  if (info.isCharDevice) return "char-device";
  if (info.isBlockDevice) return "block-device";
  return info.isFifo ? "fifo" : undefined;
}
