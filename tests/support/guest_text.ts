/**
 * Hostile guests as WebAssembly text: a program of WASI 0.1 that does one call after the other and prints what each answered.
 *
 * @module
 */

const I32 = "i32";
const I64 = "i64";

/** The calls that guests make, with their parameters; each answers an errno. */
const CALLS = {
  fd_read: [I32, I32, I32, I32],
  fd_write: [I32, I32, I32, I32],
  fd_readdir: [I32, I32, I32, I64, I32],
  fd_prestat_get: [I32, I32],
  fd_prestat_dir_name: [I32, I32, I32],
  path_open: [I32, I32, I32, I32, I32, I64, I64, I32, I32],
  path_symlink: [I32, I32, I32, I32, I32],
  path_readlink: [I32, I32, I32, I32, I32, I32],
  path_link: [I32, I32, I32, I32, I32, I32, I32],
  path_rename: [I32, I32, I32, I32, I32, I32],
  path_unlink_file: [I32, I32, I32],
  path_create_directory: [I32, I32, I32],
  path_filestat_set_times: [I32, I32, I32, I32, I64, I64, I32],
  poll_oneoff: [I32, I32, I32, I32],
  random_get: [I32, I32],
  clock_time_get: [I32, I64, I32],
  sock_accept: [I32, I32, I32],
} as const;

/** A call of WASI 0.1. */
export type GuestCall = keyof typeof CALLS;

/** A folder that the guest sees (its own name for it), or the number of an open file. */
export type At = string | number;

/** Make a file that is not there. */
const CREATE = 1;
/** Rights to read and to write. */
const READ = 2;
const WRITE = 64;

/** Builds the text. */
export class GuestText {
  readonly #data: string[] = [];
  readonly #code: string[] = [];
  readonly #more: string[] = [];
  readonly #pages: number;
  #end = 8192;

  /** @param pages of memory, 64 KiB each */
  constructor(pages = 4) {
    this.#pages = pages;
  }

  /** Any code, in the program's order. */
  code(text: string): this {
    this.#code.push(text);
    return this;
  }

  /** Fields of the module: tables, functions. */
  field(text: string): this {
    this.#more.push(text);
    return this;
  }

  /** Prints a text and a call's errno. */
  call(label: string, call: GuestCall, ...args: readonly string[]): this {
    return this.code(
      `(call $say ${this.text(label)} (call $${call} ${
        args.map((arg) => `(${arg})`).join(" ")
      }))`,
    );
  }

  /** Opens a path below a folder and prints what is in it. */
  read(at: At, path: string): this {
    return this.code(
      `(call $read ${this.text(`read ${path}`)} ${this.folder(at)} ${
        this.text(path)
      })`,
    );
  }

  /** Opens or makes a file and writes a word into it. */
  write(at: At, path: string): this {
    return this.code(
      `(call $write ${this.text(`write ${path}`)} ${this.folder(at)} ${
        this.text(path)
      })`,
    );
  }

  /** Makes a symbolic link. */
  symlink(target: string, at: At, path: string): this {
    return this.code(
      `(call $say ${this.text(`symlink ${target}`)} (call $path_symlink ${
        this.text(target)
      } ${this.folder(at)} ${this.text(path)}))`,
    );
  }

  /** Gives a file another name, beside the old one or instead of it. */
  move(
    how: "link" | "rename",
    from: readonly [At, string],
    to: readonly [At, string],
  ): this {
    const flags = how === "link" ? "(i32.const 0)" : "";
    return this.code(
      `(call $say ${
        this.text(`${how} ${from[1]} ${to[1]}`)
      } (call $path_${how} ${this.folder(from[0])} ${flags} ${
        this.text(from[1])
      } ${this.folder(to[0])} ${this.text(to[1])}))`,
    );
  }

  /** Removes a file. */
  unlink(at: At, path: string): this {
    return this.code(
      `(call $say ${this.text(`unlink ${path}`)} (call $path_unlink_file ${
        this.folder(at)
      } ${this.text(path)}))`,
    );
  }

  /** The number of an open folder, as an expression. */
  folder(at: At): string {
    return typeof at === "number"
      ? `(i32.const ${at})`
      : `(call $folder ${this.text(at)})`;
  }

  /** Where a text lies, as two constants. */
  text(text: string): string {
    const bytes = new TextEncoder().encode(text);
    const hex = [...bytes].map((byte) =>
      `\\${byte.toString(16).padStart(2, "0")}`
    ).join("");
    const at = this.#end;
    this.#end += bytes.length;
    this.#data.push(`(data (i32.const ${at}) "${hex}")`);
    return `(i32.const ${at}) (i32.const ${bytes.length})`;
  }

  /** The module. */
  toString(): string {
    const imports = Object.entries(CALLS).map(([name, params]) =>
      `(import "wasi_snapshot_preview1" "${name}" (func $${name} (param ${
        params.join(" ")
      }) (result i32)))`
    );
    return `(module
${imports.join("\n")}
(memory (export "memory") ${this.#pages})
${this.#data.join("\n")}
${HELPERS}
${this.#more.join("\n")}
(func (export "_start") (local $i i32) (local $j i32)
${this.#code.join("\n")}
))
`;
  }
}

/** 0: an io vector; 8: a result; 16: digits; 64: a folder's name; 4096: contents. */
const HELPERS = `
(func $print (param $at i32) (param $length i32)
  (i32.store (i32.const 0) (local.get $at))
  (i32.store (i32.const 4) (local.get $length))
  (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
(func $say (param $at i32) (param $length i32) (param $errno i32)
  (call $print (local.get $at) (local.get $length))
  (i32.store8 (i32.const 16) (i32.const 32))
  (i32.store8 (i32.const 17) (i32.add (i32.const 48) (i32.div_u (local.get $errno) (i32.const 10))))
  (i32.store8 (i32.const 18) (i32.add (i32.const 48) (i32.rem_u (local.get $errno) (i32.const 10))))
  (i32.store8 (i32.const 19) (i32.const 10))
  (call $print (i32.const 16) (i32.const 4)))
(func $folder (param $at i32) (param $length i32) (result i32) (local $fd i32) (local $i i32)
  (local.set $fd (i32.const 2))
  (loop $next
    (local.set $fd (i32.add (local.get $fd) (i32.const 1)))
    (if (i32.ne (call $fd_prestat_get (local.get $fd) (i32.const 64)) (i32.const 0)) (then (unreachable)))
    (br_if $next (i32.ne (i32.load (i32.const 68)) (local.get $length)))
    (drop (call $fd_prestat_dir_name (local.get $fd) (i32.const 64) (local.get $length)))
    (local.set $i (i32.const 0))
    (loop $same
      (br_if $next (i32.ne (i32.load8_u (i32.add (i32.const 64) (local.get $i)))
        (i32.load8_u (i32.add (local.get $at) (local.get $i)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $same (i32.lt_u (local.get $i) (local.get $length)))))
  (local.get $fd))
(func $open (param $fd i32) (param $at i32) (param $length i32) (param $flags i32) (param $rights i64) (result i32)
  (call $path_open (local.get $fd) (i32.const 1) (local.get $at) (local.get $length) (local.get $flags)
    (local.get $rights) (local.get $rights) (i32.const 0) (i32.const 8)))
(func $read (param $label i32) (param $long i32) (param $fd i32) (param $at i32) (param $length i32) (local $errno i32)
  (local.set $errno (call $open (local.get $fd) (local.get $at) (local.get $length) (i32.const 0) (i64.const ${READ})))
  (call $say (local.get $label) (local.get $long) (local.get $errno))
  (if (local.get $errno) (then (return)))
  (i32.store (i32.const 0) (i32.const 4096))
  (i32.store (i32.const 4) (i32.const 2048))
  (if (call $fd_read (i32.load (i32.const 8)) (i32.const 0) (i32.const 1) (i32.const 24)) (then (return)))
  (call $print (i32.const 4096) (i32.load (i32.const 24))))
(func $write (param $label i32) (param $long i32) (param $fd i32) (param $at i32) (param $length i32) (local $errno i32)
  (local.set $errno (call $open (local.get $fd) (local.get $at) (local.get $length) (i32.const ${CREATE}) (i64.const ${WRITE})))
  (call $say (local.get $label) (local.get $long) (local.get $errno))
  (if (local.get $errno) (then (return)))
  (i32.store (i32.const 0) (local.get $label))
  (i32.store (i32.const 4) (local.get $long))
  (drop (call $fd_write (i32.load (i32.const 8)) (i32.const 0) (i32.const 1) (i32.const 24))))`;
