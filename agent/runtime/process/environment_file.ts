/**
 * How an engine's process gets its environment without anybody else seeing it.
 *
 * A command line can be read by every user of the machine, and an environment is handed through every program on the way: none may hold what may be a
 * Secret, nor may a Pod's `LD_PRELOAD` reach a program that still runs as root. So the values lie in a file that only its owner may read, and the last
 * step before the engine, with all privileges dropped, maps this file and becomes the engine with it as environment (`native/supervise.rs`,
 * `native/enter_root.rs`). No shell is needed, whose variables could not have all the names that Kubernetes allows.
 *
 * @module
 */

/** Where the file is mapped; what it points to is counted from here. */
const MAP_ADDRESS = 0x1000_0000;

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
