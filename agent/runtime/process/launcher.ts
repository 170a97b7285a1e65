/**
 * How an engine's process gets its environment without anybody else seeing it.
 *
 * A command line can be read by every user of the machine, and an environment is handed through every program on the way: none may hold what may be a
 * Secret, nor may a Pod's `LD_PRELOAD` reach a program that still runs as root. So the values lie in a file that only its owner may read, and the last
 * step before the engine, with all privileges dropped, is a program of twenty instructions that maps this file and becomes the engine with it as
 * environment. It needs no shell, whose variables could not have all the names that Kubernetes allows, and no library that a variable could steer.
 *
 * @module
 */
import { type Architecture, elfProgram } from "../elf.ts";

/** Where the file is mapped; what it points to is counted from here. */
const MAP_ADDRESS = 0x1000_0000;

/**
 * With the environment's file open as 5:
 * `mmap(MAP_ADDRESS, 4 MiB, PROT_READ, MAP_PRIVATE | MAP_FIXED, 5, 0); close(5); execve(argv[1], argv + 1, MAP_ADDRESS); exit(126)`
 * A mapping that failed makes `execve` fail.
 */
const CODE: Readonly<Record<Architecture, readonly number[]>> = {
  amd64: [
    ...[0xbf, 0x00, 0x00, 0x00, 0x10], // mov edi, 0x10000000
    ...[0xbe, 0x00, 0x00, 0x40, 0x00], // mov esi, 0x400000
    ...[0xba, 0x01, 0x00, 0x00, 0x00], // mov edx, 1
    ...[0x41, 0xba, 0x12, 0x00, 0x00, 0x00], // mov r10d, 0x12
    ...[0x41, 0xb8, 0x05, 0x00, 0x00, 0x00], // mov r8d, 5
    ...[0x45, 0x31, 0xc9], // xor r9d, r9d
    ...[0xb8, 0x09, 0x00, 0x00, 0x00, 0x0f, 0x05], // mov eax, 9 (mmap); syscall
    ...[0xbf, 0x05, 0x00, 0x00, 0x00], // mov edi, 5
    ...[0xb8, 0x03, 0x00, 0x00, 0x00, 0x0f, 0x05], // mov eax, 3 (close); syscall
    ...[0x48, 0x8b, 0x7c, 0x24, 0x10], // mov rdi, [rsp + 16]
    ...[0x48, 0x8d, 0x74, 0x24, 0x10], // lea rsi, [rsp + 16]
    ...[0xba, 0x00, 0x00, 0x00, 0x10], // mov edx, 0x10000000
    ...[0xb8, 0x3b, 0x00, 0x00, 0x00, 0x0f, 0x05], // mov eax, 59 (execve); syscall
    ...[0xbf, 0x7e, 0x00, 0x00, 0x00], // mov edi, 126
    ...[0xb8, 0x3c, 0x00, 0x00, 0x00, 0x0f, 0x05], // mov eax, 60 (exit); syscall
  ],
  arm64: [
    0xd2a20000, // mov x0, 0x10000000
    0xd2a00801, // mov x1, 0x400000
    0xd2800022, // mov x2, 1
    0xd2800243, // mov x3, 0x12
    0xd28000a4, // mov x4, 5
    0xd2800005, // mov x5, 0
    ...[0xd2801bc8, 0xd4000001], // mov x8, 222 (mmap); svc 0
    0xd28000a0, // mov x0, 5
    ...[0xd2800728, 0xd4000001], // mov x8, 57 (close); svc 0
    0xf9400be0, // ldr x0, [sp, 16]
    0x910043e1, // add x1, sp, 16
    0xd2a20002, // mov x2, 0x10000000
    ...[0xd2801ba8, 0xd4000001], // mov x8, 221 (execve); svc 0
    0xd2800fc0, // mov x0, 126
    ...[0xd2800ba8, 0xd4000001], // mov x8, 93 (exit); svc 0
  ].flatMap((word) => [0, 8, 16, 24].map((bits) => word >>> bits & 255)),
};

/** The program: its arguments are a program and its arguments, file 5 is an {@linkcode environmentFile}. */
export function launcherProgram(
  architecture: Architecture,
): Uint8Array<ArrayBuffer> {
  return elfProgram(architecture, CODE[architecture]);
}

/**
 * The file's content: pointers to the variables, 0, the variables as `NAME=value\0`.
 *
 * @throws {TypeError} when a variable holds a NUL, which no process' environment can
 */
export function environmentFile(
  variables: Iterable<readonly [name: string, value: string]>,
): Uint8Array<ArrayBuffer> {
  const texts = [...variables].map(([name, value]) => {
    const text = `${name}=${value}`;
    if (text.includes("\0")) {
      throw new TypeError(
        `Can not set environment variable "${name}": it holds a NUL`,
      );
    }
    return new TextEncoder().encode(text);
  });
  const tableBytes = (texts.length + 1) * 8;
  const size = texts.reduce((sum, { length }) => sum + length + 1, tableBytes);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = tableBytes;
  texts.forEach((text, index) => {
    view.setBigUint64(index * 8, BigInt(MAP_ADDRESS + at), true);
    bytes.set(text, at);
    at += text.length + 1;
  });
  return bytes;
}
