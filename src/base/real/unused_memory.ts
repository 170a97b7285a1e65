/**
 * Hands memory that a resting program does not use back to the system, now and not only under pressure.
 *
 * After much work it is garbage on V8's heap, which only more work would collect. Most of what else a resting program has resident is not its data
 * either: it is code and constants of the runtime that were last used while it started, mapped from Deno's file, and free blocks that the C library's
 * allocator keeps. Deno offers no call for those, so that one goes to the C library. What is needed again comes back by itself, from the page cache or
 * the file.
 *
 * @module
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** madvise(2): the pages may go; those of a file are read from it again when touched. */
const MADV_DONTNEED = 4;

/** The C library that Deno's own builds for Linux are linked with. */
const LIBRARY = "libc.so.6";

const SYMBOLS = {
  madvise: { parameters: ["usize", "usize", "i32"], result: "i32" },
  malloc_trim: { parameters: ["usize"], result: "i32" },
} as const;

/** A range of addresses. */
export interface AddressRange {
  /** The first one. */
  readonly address: number;
  /** How many. */
  readonly bytes: number;
}

/** The door to the C library. */
export class UnusedMemory implements Disposable {
  readonly #library: Deno.DynamicLibrary<typeof SYMBOLS>;
  readonly #collect: () => void;

  private constructor(library: Deno.DynamicLibrary<typeof SYMBOLS>) {
    this.#library = library;
    // V8's function is there in contexts that are made after this.
    setFlagsFromString("--expose-gc");
    this.#collect = runInNewContext("gc");
  }

  /** Opens it; undefined where the machine has no such library or we may not call it. */
  static open(): UnusedMemory | undefined {
    if (Deno.build.os !== "linux") return undefined;
    try {
      return new UnusedMemory(Deno.dlopen(LIBRARY, SYMBOLS));
    } catch {
      return undefined; // another C library, or started without --allow-ffi: the program just stays bigger
    }
  }

  /** Hands back what can be had without loss. Takes a few milliseconds. */
  release(): void {
    this.#collect();
    const { madvise, malloc_trim } = this.#library.symbols;
    malloc_trim(0n);
    const ranges = unchangedFileRanges(
      Deno.readTextFileSync("/proc/self/smaps"),
    );
    for (const { address, bytes } of ranges) {
      madvise(BigInt(address), BigInt(bytes), MADV_DONTNEED); // refused for locked memory, which then stays
    }
  }

  /** Closes the library. */
  [Symbol.dispose](): void {
    this.#library.close();
  }
}

/**
 * The mappings that hold nothing but what stands in their files: read-only, and no page was ever changed (relocated, patched).
 * Only from these may pages be taken.
 *
 * @param smaps content of `/proc/self/smaps` (proc_pid_smaps(5))
 */
export function unchangedFileRanges(smaps: string): AddressRange[] {
  const ranges: AddressRange[] = [];
  let candidate: AddressRange | undefined;
  for (const line of smaps.split("\n")) {
    const header = HEADER.exec(line);
    if (header) {
      const [, from = "", to = "", access = "", path = ""] = header;
      const address = parseInt(from, 16);
      candidate = READ_ONLY.test(access) && path.startsWith("/")
        ? { address, bytes: parseInt(to, 16) - address }
        : undefined;
    } else if (candidate && CHANGED.test(line)) {
      if (!line.endsWith(" 0 kB")) candidate = undefined;
    } else if (candidate && line.startsWith("VmFlags:")) {
      ranges.push(candidate);
      candidate = undefined;
    }
  }
  return ranges;
}

/** `from-to access offset device inode path` */
const HEADER = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+ *(.*)$/;
/** Private, not writable. */
const READ_ONLY = /^r-[-x]p$/;
/** Pages of the mapping that are no longer the file's. */
const CHANGED = /^(Anonymous|Private_Dirty|Swap|Locked): /;
