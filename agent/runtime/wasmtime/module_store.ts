/**
 * WASM files compiled ahead of time: a start then takes milliseconds, and the memory of the code is shared by all that run it.
 *
 * `modules/<digest>-<engine>.cwasm` is native code: it depends on the engine's version and the processor, whose digest is `<engine>`.
 * It appears whole or not at all: compiled into a draft, brought to the disk, renamed.
 *
 * @module
 */
import { encodeHex } from "../../../src/base/bytes.ts";
import type { Host } from "../../../src/base/host.ts";
import { RuntimeError } from "../runtime.ts";

type StoreHost = Pick<Host, "disk" | "processes" | "crypto" | "random">;

/** What {@linkcode ModuleStore} works with. */
export interface ModuleStoreOptions {
  /** Folder of its own. */
  readonly dir: string;
  /** Path of wasmtime. */
  readonly wasmtime: string;
  /** Its version, as it tells it. */
  readonly version: string;
}

/** $1 wasmtime, $2 draft, $3 source, $4 the result. A file that a power cut left empty under its final name would be run as code. */
const COMPILE =
  `"$1" compile -C cache=n -o "$2" "$3" && sync "$2" && mv "$2" "$4"`;

/** The cache. */
export class ModuleStore {
  readonly #host: StoreHost;
  readonly #options: ModuleStoreOptions;
  readonly #engine: string;
  /** Compilations under way, by target. */
  readonly #running = new Map<string, Promise<void>>();

  private constructor(
    host: StoreHost,
    options: ModuleStoreOptions,
    engine: string,
  ) {
    this.#host = host;
    this.#options = options;
    this.#engine = engine;
  }

  /** Opens the cache and removes drafts that a crash left. */
  static async open(
    host: StoreHost,
    options: ModuleStoreOptions,
  ): Promise<ModuleStore> {
    const { disk } = host;
    await disk.mkdir(options.dir);
    for (const name of await disk.list(options.dir)) {
      if (!name.endsWith(".cwasm")) await disk.remove(`${options.dir}/${name}`);
    }
    const cpu = cpuOf(await disk.readText("/proc/cpuinfo").catch(() => ""));
    const digest = host.crypto.sha256(`${options.version}\n${cpu}`);
    return new ModuleStore(host, options, encodeHex(digest).slice(0, 16));
  }

  /** The digest that names a content: `sha256:<hex>`. */
  digestOf(content: Uint8Array): string {
    return `sha256:${encodeHex(this.#host.crypto.sha256(content))}`;
  }

  /** Where the compiled form of a content is or would be. */
  pathOf(digest: string): string {
    return `${this.#options.dir}/${
      digest.slice("sha256:".length)
    }-${this.#engine}.cwasm`;
  }

  /** Whether the content is compiled for this engine and machine. */
  has(digest: string): Promise<boolean> {
    return this.#host.disk.stat(this.pathOf(digest))
      .then((info) => info.sizeBytes > 0, () => false);
  }

  /**
   * Compiles a content unless that is done; answers its digest.
   *
   * @throws {RuntimeError} `ErrImagePull` with the engine's reason
   */
  async add(content: Uint8Array, name: string): Promise<string> {
    const digest = this.digestOf(content);
    if (await this.has(digest)) return digest;
    let running = this.#running.get(digest);
    if (!running) {
      running = this.#compile(content, { digest, name })
        .finally(() => this.#running.delete(digest));
      this.#running.set(digest, running);
    }
    await running;
    return digest;
  }

  /** Removes all compiled files but these. */
  async keepOnly(paths: ReadonlySet<string>): Promise<void> {
    for (const name of await this.#host.disk.list(this.#options.dir)) {
      const path = `${this.#options.dir}/${name}`;
      if (path.endsWith(".cwasm") && !paths.has(path)) {
        await this.#host.disk.remove(path);
      }
    }
  }

  async #compile(
    content: Uint8Array,
    what: { digest: string; name: string },
  ): Promise<void> {
    const { disk, processes, random } = this.#host;
    const draft = `${this.#options.dir}/draft-${encodeHex(random.bytes(6))}`;
    try {
      // A copy of what was looked at: the file itself may change meanwhile.
      await disk.writeAtomic(`${draft}.source`, content, { sync: false });
      const { code, stderr } = await processes.run("/bin/sh", {
        args: [
          ...["-c", COMPILE, "sh", this.#options.wasmtime],
          ...[`${draft}.code`, `${draft}.source`, this.pathOf(what.digest)],
        ],
      });
      if (code !== 0) {
        throw new RuntimeError(
          "ErrImagePull",
          `Can not compile "${what.name}": ${reasonOf(stderr)}`,
        );
      }
    } finally {
      await disk.remove(`${draft}.source`);
      await disk.remove(`${draft}.code`);
    }
  }
}

/** wasmtime's error without its heading: the causes, in one line. */
function reasonOf(stderr: string): string {
  const lines = stderr.split("\n").map((line) =>
    line.trim().replace(/^(Error:|Caused by:|\d+:)\s*/, "")
  );
  return lines.filter(Boolean).slice(0, 6).join(": ") || "no reason given";
}

/** What native code depends on: the processor's model and abilities, not its present speed. */
function cpuOf(cpuinfo: string): string {
  const first = cpuinfo.split("\n\n")[0] ?? "";
  return first.split("\n").filter((line) =>
    /^(flags|Features|vendor_id|CPU implementer|CPU part|model name)\s*:/.test(
      line,
    )
  ).join("\n");
}
