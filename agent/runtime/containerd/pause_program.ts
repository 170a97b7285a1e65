/**
 * The program that holds a pod's sandbox: a few machine instructions that sleep until they are killed.
 *
 * A sandbox costs one page of memory so. (A process with number 1 ignores SIGTERM unless it asks for it; runtimes end a sandbox with SIGKILL.)
 *
 * @module
 */
import { type Architecture, elfProgram } from "../elf.ts";

const CODE = {
  // again: mov eax, 34 (pause); syscall; jmp again
  amd64: [0xb8, 0x22, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7],
  // again: x0..x4 = 0; x8 = 73 (ppoll without descriptors or time limit); svc 0; b again
  arm64: [
    ...[0x00, 0x00, 0x80, 0xd2, 0x01, 0x00, 0x80, 0xd2],
    ...[0x02, 0x00, 0x80, 0xd2, 0x03, 0x00, 0x80, 0xd2],
    ...[0x04, 0x00, 0x80, 0xd2, 0x28, 0x09, 0x80, 0xd2],
    ...[0x01, 0x00, 0x00, 0xd4, 0xf9, 0xff, 0xff, 0x17],
  ],
} as const;

/** The executable. */
export function pauseProgram(
  architecture: Architecture,
): Uint8Array<ArrayBuffer> {
  return elfProgram(architecture, CODE[architecture]);
}
