/**
 * Words of `Disk`: what files are, and files that are held or written.
 *
 * @module
 */
import type { EpochMs } from "./host.ts";

/** What `Disk.stat` tells. */
export interface FileInfo {
  /** Whether it is an ordinary file. */
  readonly isFile: boolean;
  /** Whether it is a folder. */
  readonly isDirectory: boolean;
  /** Whether it is a symbolic link. */
  readonly isSymlink: boolean;
  /** Length of its content. */
  readonly sizeBytes: number;
  /** Time of last change of content. */
  readonly modified: EpochMs;
  /** Permission bits, for example `0o644`. */
  readonly mode: number;
  /** What it is when it is neither file, folder nor link. */
  readonly special?: "socket" | "char-device" | "block-device" | "fifo";
  /** Its owner's user id, where the disk knows owners. */
  readonly uid?: number;
  /** Its group's id, likewise. */
  readonly gid?: number;
}

/** A file or folder that is held open: whatever happens to its name, this stays the same one. Disposing lets go of it. */
export interface HeldFile extends AsyncDisposable {
  /** Leads every process of the machine that may look into ours to it: `/proc/<our pid>/fd/<n>`. */
  readonly path: string;
  /** What it is. */
  readonly info: FileInfo;
  /** Whether another path leads to the very same file or folder now; a link at its end is not followed. */
  isAt(path: string): Promise<boolean>;
}

/** What `Disk.space` tells of a file system. */
export interface DiskSpace {
  /** Its size. */
  readonly capacityBytes: number;
  /** What an ordinary user may still write. */
  readonly availableBytes: number;
  /** What is taken. With what is available it may be less than the size: some is kept for root. */
  readonly usedBytes: number;
  /** Files that it can have; 0 where it does not count them. */
  readonly inodes: number;
  /** Files that may still be made. */
  readonly inodesFree: number;
}

/** What `Disk.usage` tells of a file or a folder with all in it. */
export interface DiskUsage {
  /** What it takes on the medium: blocks, not lengths. */
  readonly usedBytes: number;
  /** Files, folders and links. */
  readonly inodes: number;
}

/** A file opened for appending. */
export interface AppendFile extends AsyncDisposable {
  /** Adds all of `data` at the end. */
  append(data: Uint8Array): Promise<void>;
  /** Resolves once all that was appended is on the medium. */
  sync(): Promise<void>;
}

/** The writing end of a named pipe. */
export interface PipeFile extends AsyncDisposable {
  /**
   * Resolves when the pipe has taken all of `data`.
   *
   * @throws {HostError} `closed` when nobody reads it any more, or the signal's reason
   */
  write(data: Uint8Array, signal?: AbortSignal): Promise<void>;
}

/** A file opened for reading; stays readable when its name goes. Disposing closes it. */
export interface ReadFile extends AsyncDisposable {
  /** Its length when it was opened. */
  readonly sizeBytes: number;
  /** Reads what comes next into `buffer`; the number of bytes, or null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
}
