/**
 * The agent's own small programs, for the processor that they are to run on.
 *
 * @module
 */
import { inflateRawSync } from "node:zlib";
import { decodeBase64 } from "../../../src/base/bytes.ts";
import { goArchitecture } from "../elf.ts";
import { PROGRAM as ENTER_ROOT } from "./gen/enter_root.ts";
import { PROGRAM as LOG_WRITER } from "./gen/log_writer.ts";
import { PROGRAM as SUPERVISE } from "./gen/supervise.ts";

const PROGRAMS = {
  enter_root: ENTER_ROOT,
  log_writer: LOG_WRITER,
  supervise: SUPERVISE,
} as const;

/**
 * A program's file. `native/<name>.rs` says what it does.
 *
 * @param machine the kernel's name of the processor: `x86_64`, `aarch64`
 */
export function nativeProgram(
  name: keyof typeof PROGRAMS,
  machine: string,
): Uint8Array {
  return inflateRawSync(decodeBase64(PROGRAMS[name][goArchitecture(machine)]));
}
