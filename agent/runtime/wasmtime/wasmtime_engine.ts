/**
 * wasmtime's command line as the engine of a process runtime.
 *
 * @module
 */
import { posix } from "node:path";
import type { Host } from "../../../src/base/host.ts";
import type { EngineImage, EngineImageSet } from "../../images/engine_image.ts";
import type {
  Engine,
  GuestFolder,
  Launch,
  LaunchRequest,
} from "../process/engine.ts";
import { isFileAt } from "../process/mounts.ts";
import { type Runtime, RuntimeError } from "../runtime.ts";
import {
  type EngineProgram,
  engineProgram,
  programStamp,
} from "./engine_program.ts";
import { guestArguments, OWN_PLACE, PAYLOAD_PLACE } from "./guest_arguments.ts";
import { guestEnvironment } from "./guest_environment.ts";
import type {
  CompiledModule,
  ModuleCache,
  RunnableLook,
} from "./module_cache.ts";
import { wasmKind } from "./wasm_kind.ts";

type EngineHost = Pick<Host, "disk" | "processes" | "crypto" | "spawn" | "log">;

/** What {@linkcode WasmtimeEngine} works with. */
export interface WasmtimeEngineOptions {
  /** Path of wasmtime's command line. */
  readonly wasmtime: string;
  readonly images: EngineImageSet;
  readonly modules: ModuleCache;
}

/** How long a service goes on when it is to stop. An endpoint that went away is known on every node within this time, as a rule. */
const SETTLE_MS = 300;

/** Where the engine is in the root folder of its own. */
const PROGRAM_PLACE = `${OWN_PLACE}/wasmtime`;

/** How many contents that cannot be run are remembered, so that none is compiled again and again. */
const MAX_FAULTY = 100;

/** Runs WASI 0.1 modules and components of WASI 0.2 and 0.3. */
export class WasmtimeEngine implements Engine {
  /** @inheritDoc */
  readonly name = "wasmtime";
  /** @inheritDoc */
  readonly wantsRoot = true;
  readonly #host: EngineHost;
  readonly #options: WasmtimeEngineOptions;
  #program: EngineProgram;
  /** Files that containers use. */
  #payloads: ReadonlySet<string> = new Set();
  #isTrimmed = false;
  /** Contents that cannot be run, and why. */
  readonly #faulty = new Map<string, string>();
  readonly #onAway = new Set<() => void>();
  #isAway = false;

  private constructor(
    host: EngineHost,
    options: WasmtimeEngineOptions,
    program: EngineProgram,
  ) {
    this.#host = host;
    this.#options = options;
    this.#program = program;
  }

  /** @throws {UnusableEngine} when wasmtime does not run */
  static async open(
    host: EngineHost,
    options: WasmtimeEngineOptions,
  ): Promise<WasmtimeEngine> {
    const program = await engineProgram(host, options.wasmtime);
    const engine = new WasmtimeEngine(host, options, program);
    host.log("info", "WASM pods run under wasmtime", {
      path: program.realPath,
      version: program.version,
    });
    host.spawn("wasmtime modules", () => engine.#compileAll());
    return engine;
  }

  /** @inheritDoc */
  async status(): ReturnType<Runtime["status"]> {
    const version = () => `wasmtime://${this.#program.version}`;
    try {
      await this.#current();
      return { ready: true, version: version() };
    } catch (error) {
      return {
        ready: false,
        version: version(),
        message: (error as Error).message,
      };
    }
  }

  /** @inheritDoc */
  onAway(listener: () => void): Disposable {
    this.#onAway.add(listener);
    return { [Symbol.dispose]: () => void this.#onAway.delete(listener) };
  }

  /** @inheritDoc */
  async imageStatus(image: string): ReturnType<Runtime["imageStatus"]> {
    const known = await this.#options.images.get(image);
    // What cannot be run is told by a pull, which finds out whether there is a better one.
    if (!known || this.#faulty.has(known.digest)) return undefined;
    return { imageRef: known.imageRef, sizeBytes: await this.#sizeOf(known) };
  }

  /** @inheritDoc */
  async pullImage(
    image: string,
    options?: Parameters<Runtime["pullImage"]>[1],
  ): ReturnType<Runtime["pullImage"]> {
    const pulled = await this.#options.images.pull(image, options);
    this.#faulty.delete(pulled.digest); // the disk may have been full
    const program = await this.#current();
    const { modules } = this.#options;
    if (!await modules.find(pulled.digest, program)) {
      const { signal } = options ?? {};
      await this.#module(pulled, { program, ...(signal && { signal }) });
      await this.#trim();
    }
    return { imageRef: pulled.imageRef };
  }

  /** @inheritDoc */
  async listImages(): ReturnType<Runtime["listImages"]> {
    const { images } = this.#options;
    return await Promise.all(
      images.list().map(async (image) => {
        const content = image.id === undefined
          ? undefined
          : images.byRef(image.id);
        return content
          ? { ...image, sizeBytes: await this.#sizeOf(content) }
          : image;
      }),
    );
  }

  /** What an image takes on the disk: its code is many times the module. */
  async #sizeOf({ digest, sizeBytes }: EngineImage): Promise<number> {
    const { modules } = this.#options;
    return sizeBytes + await modules.sizeOf(digest, this.#program);
  }

  /** @inheritDoc */
  async removeImage(id: string): Promise<void> {
    const { images, modules } = this.#options;
    const gone = images.byRef(id);
    await images.remove(id);
    const needed = await this.#trim();
    // Who removes an image wants its place on the disk.
    if (gone) await modules.drop(gone.digest, needed);
  }

  /** @inheritDoc */
  async removeUnused(payloads: ReadonlySet<string>): Promise<void> {
    this.#payloads = payloads;
    if (this.#isTrimmed) return; // since then what comes and goes does it
    this.#isTrimmed = true;
    await this.#trim();
  }

  /** @inheritDoc */
  async launch(request: LaunchRequest): Promise<Launch> {
    const { config } = request;
    const failure = (why: string, cause?: unknown) =>
      new RuntimeError(
        "CreateContainerError",
        `Can not create container "${config.name}": ${why}`,
        { cause },
      );
    const image = this.#options.images.byRef(config.imageRef);
    if (!image) throw failure(`image "${config.image}" is not on the node`);
    let program: EngineProgram;
    let module: CompiledModule;
    try {
      program = await this.#current();
      module = await this.#module(image, { program });
    } catch (error) {
      throw failure((error as Error).message, error);
    }
    const isService = module.look.kind === "serve";
    const env = guestEnvironment(config.env);
    return {
      program: program.realPath,
      payload: module.path,
      env: env.own,
      args: guestArguments(request, {
        look: module.look,
        env: env.args,
        folders: request.hasRoot
          ? await this.#foldersInRoot(request)
          : request.folders,
      }),
      ...(request.hasRoot && {
        root: {
          program: PROGRAM_PLACE,
          payload: PAYLOAD_PLACE,
          isCode: true,
        },
      }),
      ...(isService ? { banner: "Serving HTTP on " } : {}),
      // An interrupt makes `serve` finish its requests and end; a program that runs gets no signal anyway, it ends at once.
      stopSignal: isService ? "SIGINT" : "SIGTERM",
      ...(isService ? { settleMs: SETTLE_MS } : {}),
    };
  }

  /** A guest knows folders only: of a file that is mounted, it gets the folder, where there is nothing but what is mounted. */
  async #foldersInRoot(request: LaunchRequest): Promise<GuestFolder[]> {
    const found = new Map<string, GuestFolder>();
    for (const [i, folder] of request.folders.entries()) {
      const path = request.config.mounts[i]?.hostPath;
      const isFile = path !== undefined && await isFileAt(this.#host, path);
      const { from, to, readOnly } = folder;
      if (to === OWN_PLACE || to.startsWith(`${OWN_PLACE}/`)) {
        throw new RuntimeError(
          "CreateContainerError",
          `Can not mount at "${to}": the engine itself needs that place`,
        );
      }
      const seen = isFile
        ? { from: posix.dirname(from), to: posix.dirname(to), readOnly }
        : folder;
      found.set(seen.to, seen);
    }
    return [...found.values()];
  }

  /** Ends what it is doing in the background. */
  close(): void {
    this.#options.modules.close();
  }

  /** The engine as it is now: it may have been replaced, or be gone. @throws {Error} why it cannot run anything */
  async #current(): Promise<EngineProgram> {
    const { path, stamp } = this.#program;
    const now = await programStamp(this.#host, path);
    if (now === stamp) {
      this.#tellAway(false);
      return this.#program;
    }
    try {
      const program = await engineProgram(this.#host, path);
      this.#host.log("info", "wasmtime was replaced", {
        from: this.#program.version,
        to: program.version,
      });
      this.#program = program;
    } catch (error) {
      this.#tellAway(true);
      throw error;
    }
    this.#isAway = false;
    this.#ring();
    return this.#program;
  }

  /** Rings when that is news: who is told asks for the status, and that asks here. */
  #tellAway(isAway: boolean): void {
    if (this.#isAway === isAway) return;
    this.#isAway = isAway;
    this.#ring();
  }

  #ring(): void {
    for (const listener of this.#onAway) listener();
  }

  /** An image's code, compiled where that was not done with this engine. @throws {RuntimeError} `ErrImagePull` */
  async #module(
    image: EngineImage,
    options: { readonly program: EngineProgram; readonly signal?: AbortSignal },
  ): Promise<CompiledModule> {
    const { modules } = this.#options;
    const { program, signal } = options;
    const ready = await modules.find(image.digest, program);
    if (ready) return ready;
    const known = this.#faulty.get(image.digest);
    try {
      if (known !== undefined) throw new RuntimeError("ErrImagePull", known);
      return await modules.get(image.digest, {
        program,
        look: await this.#look(image),
        source: image.path,
        name: image.image,
        ...(signal && { signal }),
      });
    } catch (error) {
      if (error instanceof RuntimeError) this.#markFaulty(image, error.message);
      throw error;
    }
  }

  async #look(image: EngineImage): Promise<RunnableLook> {
    const { disk } = this.#host;
    const look = await wasmKind({
      sizeBytes: image.sizeBytes,
      read: (offset, length) => disk.readAt(image.path, { offset, length }),
    });
    if (!("problem" in look)) return look;
    throw new RuntimeError(
      "ErrImagePull",
      `Can not run the image "${image.image}": ${look.problem}`,
    );
  }

  #markFaulty({ digest }: EngineImage, why: string): void {
    const [oldest] = this.#faulty.keys();
    if (this.#faulty.size >= MAX_FAULTY && oldest) this.#faulty.delete(oldest);
    this.#faulty.set(digest, why);
  }

  /** After another engine has come: compiles what is here before somebody waits for it. One that cannot be compiled says so when it is to be run. */
  async #compileAll(): Promise<void> {
    const { modules } = this.#options;
    for (const image of await this.#images()) {
      const program = this.#program;
      if (await modules.sizeOf(image.digest, program) > 0) continue;
      try {
        await this.#module(image, { program });
      } catch {
        // told to whoever starts it
      }
    }
  }

  async #images(): Promise<EngineImage[]> {
    const { images } = this.#options;
    const found: EngineImage[] = [];
    for (const { names } of images.list()) {
      for (const name of names) {
        const image = await images.get(name).catch(() => undefined);
        if (image) found.push(image);
      }
    }
    return found;
  }

  /** Removes code beyond what may be kept; answers what is needed. */
  async #trim(): Promise<ReadonlySet<string>> {
    const { modules } = this.#options;
    const images = await this.#images();
    const needed = new Set([
      ...images.map(({ digest }) => modules.pathOf(digest, this.#program)),
      ...this.#payloads,
    ]);
    await modules.trim(needed);
    return needed;
  }
}
