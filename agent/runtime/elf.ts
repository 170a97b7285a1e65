/**
 * Executables of a few machine instructions, written here by hand so that no compiler, registry or foreign binary is needed for them.
 *
 * @module
 */

const HEADER_BYTES = 64 + 56;
const LOAD_ADDRESS = 0x400000;

/** Go's names of the processors that we know instructions of. */
export type Architecture = "amd64" | "arm64";

/** ELF's numbers of them. */
const MACHINE = { amd64: 62, arm64: 183 } as const;

/** Go's name for what the kernel calls a machine. */
export function goArchitecture(machine: string): Architecture {
  return machine === "aarch64" || machine === "arm64" ? "arm64" : "amd64";
}

/** The executable (ELF64, little endian, one read-execute segment, no libraries) that begins with the first instruction. */
export function elfProgram(
  architecture: Architecture,
  code: readonly number[],
): Uint8Array<ArrayBuffer> {
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
  u16(18, MACHINE[architecture]);
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
