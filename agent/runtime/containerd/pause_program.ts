/**
 * The program that holds a pod's sandbox: an ELF executable of a few machine instructions that sleeps until it is killed.
 *
 * It is written here by hand so that no image registry, compiler or foreign binary is needed to start a pod, and a sandbox
 * costs one page of memory. (A process with number 1 ignores SIGTERM unless it asks for it; runtimes end a sandbox with SIGKILL.)
 *
 * @module
 */

const HEADER_BYTES = 64 + 56;
const LOAD_ADDRESS = 0x400000;

const MACHINE = {
  amd64: {
    elf: 62,
    // again: mov eax, 34 (pause); syscall; jmp again
    code: [0xb8, 0x22, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7],
  },
  arm64: {
    elf: 183,
    // again: x0..x4 = 0; x8 = 73 (ppoll without descriptors or time limit); svc 0; b again
    code: [
      ...[0x00, 0x00, 0x80, 0xd2, 0x01, 0x00, 0x80, 0xd2],
      ...[0x02, 0x00, 0x80, 0xd2, 0x03, 0x00, 0x80, 0xd2],
      ...[0x04, 0x00, 0x80, 0xd2, 0x28, 0x09, 0x80, 0xd2],
      ...[0x01, 0x00, 0x00, 0xd4, 0xf9, 0xff, 0xff, 0x17],
    ],
  },
} as const;

/** The executable (ELF64, little endian, one read-execute segment). */
export function pauseProgram(
  architecture: "amd64" | "arm64",
): Uint8Array<ArrayBuffer> {
  const { elf, code } = MACHINE[architecture];
  const size = HEADER_BYTES + code.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const u16 = (at: number, value: number) => view.setUint16(at, value, true);
  const u32 = (at: number, value: number) => view.setUint32(at, value, true);
  const u64 = (at: number, value: number) =>
    view.setBigUint64(at, BigInt(value), true);
  // ELF header: magic, 64 bit, little endian, version 1.
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  u16(16, 2); // an executable
  u16(18, elf);
  u32(20, 1);
  u64(24, LOAD_ADDRESS + HEADER_BYTES); // entry
  u64(32, 64); // where the program header is
  u16(52, 64);
  u16(54, 56);
  u16(56, 1);
  // Program header: load the whole file, read and execute.
  u32(64, 1);
  u32(68, 5);
  u64(80, LOAD_ADDRESS);
  u64(88, LOAD_ADDRESS);
  u64(96, size);
  u64(104, size);
  u64(112, 0x1000);
  bytes.set(code, HEADER_BYTES);
  return bytes;
}
