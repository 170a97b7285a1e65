/**
 * wasmtime's command line as the engine of a process runtime.
 *
 * @module
 */
import { posix } from "node:path";
import type { Host } from "../../../src/base/host.ts";
import logWriterSource from "../../../wasm/log_writer/log_writer.wat" with {
  type: "text",
};
import type { Engine, Launch, LaunchRequest } from "../process/engine.ts";
import { steersEngine } from "../process/env_names.ts";
import { PAYLOAD_PATH } from "../process/supervisor.ts";
import {
  type ContainerConfig,
  type Runtime,
  RuntimeError,
} from "../runtime.ts";
import { ImageStore, type WasmImage } from "./image_store.ts";
import { ModuleStore } from "./module_store.ts";

/** What {@linkcode WasmtimeEngine} works with. */
export interface WasmtimeEngineOptions {
  /** Folder for compiled modules and what is known of images. */
  readonly dir: string;
  /** Path of wasmtime's command line. */
  readonly wasmtime: string;
  /** Folder of `file:name.wasm` images; without it only absolute paths are images. */
  readonly imageDir?: string;
}

type EngineHost = Pick<Host, "disk" | "processes" | "crypto" | "random">;

/** The port of a service whose Pod declares none; wasmtime's own default. */
const DEFAULT_PORT = 8080;

/** How long a service goes on when it is to stop. An endpoint that went away is known on every node within this time, as a rule. */
const SETTLE_MS = 300;

/** Runs WASI 0.2 components and WASI 0.1 modules. */
export class WasmtimeEngine implements Engine {
  /** @inheritDoc */
  readonly name = "wasmtime";
  /** @inheritDoc */
  readonly logWriter: Engine["logWriter"];
  readonly #options: WasmtimeEngineOptions;
  readonly #version: string;
  readonly #modules: ModuleStore;
  readonly #images: ImageStore;

  private constructor(parts: {
    options: WasmtimeEngineOptions;
    version: string;
    modules: ModuleStore;
    images: ImageStore;
    logWriter: Engine["logWriter"];
  }) {
    this.#options = parts.options;
    this.#version = parts.version;
    this.#modules = parts.modules;
    this.#images = parts.images;
    this.logWriter = parts.logWriter;
  }

  /** @throws {Error} when wasmtime does not run */
  static async open(
    host: EngineHost,
    options: WasmtimeEngineOptions,
  ): Promise<WasmtimeEngine> {
    const { dir, wasmtime } = options;
    const asked = await host.processes.run(wasmtime, { args: ["--version"] });
    const version = /wasmtime (\S+)/.exec(asked.stdout)?.[1];
    if (asked.code !== 0 || !version) {
      throw new Error(
        `Can not run "${wasmtime}": ${asked.stderr.trim() || "not wasmtime"}`,
      );
    }
    const modules = await ModuleStore.open(host, {
      dir: `${dir}/modules`,
      wasmtime,
      version: asked.stdout.trim(),
    });
    const logWriter = await modules.add(
      new TextEncoder().encode(logWriterSource),
      "log_writer.wat",
    );
    const images = await ImageStore.open(host, {
      dir: `${dir}/images`,
      modules,
      ...(options.imageDir === undefined ? {} : { imageDir: options.imageDir }),
    });
    return new WasmtimeEngine({
      options,
      version,
      modules,
      images,
      logWriter: { program: wasmtime, payload: modules.pathOf(logWriter) },
    });
  }

  /** @inheritDoc */
  status(): ReturnType<Runtime["status"]> {
    return Promise.resolve({
      ready: true,
      version: `wasmtime://${this.#version}`,
    });
  }

  /** @inheritDoc */
  async imageStatus(image: string): ReturnType<Runtime["imageStatus"]> {
    this.#images.pathOf(image); // a bad name is told before anything is pulled
    const known = await this.#images.get(image);
    return known && { imageRef: known.digest, sizeBytes: known.sizeBytes };
  }

  /** @inheritDoc */
  async pullImage(image: string): ReturnType<Runtime["pullImage"]> {
    const { digest } = await this.#images.pull(image);
    return { imageRef: digest };
  }

  /** @inheritDoc */
  listImages(): ReturnType<Runtime["listImages"]> {
    return Promise.resolve(
      this.#images.list().map(({ image, sizeBytes }) => ({
        names: [image],
        sizeBytes,
      })),
    );
  }

  /** @inheritDoc */
  async removeUnused(payloads: ReadonlySet<string>): Promise<void> {
    const images = this.#images.list().map(({ digest }) =>
      this.#modules.pathOf(digest)
    );
    await this.#modules.keepOnly(
      new Set([...images, ...payloads, this.logWriter.payload]),
    );
  }

  /** @inheritDoc */
  async launch(request: LaunchRequest): Promise<Launch> {
    const { config } = request;
    const image = this.#images.byDigest(config.imageRef);
    if (!image || !await this.#modules.has(config.imageRef)) {
      throw new RuntimeError(
        "CreateContainerError",
        `Can not create container "${config.name}": image "${config.image}" is not on the node`,
      );
    }
    return {
      program: this.#options.wasmtime,
      payload: this.#modules.pathOf(config.imageRef),
      env: effectiveEnv(config).filter(([name]) => !steersEngine(name)),
      args: image.kind === "serve"
        ? serveArguments(request)
        : runArguments(request, image),
      ...(image.kind === "serve" ? { banner: "Serving HTTP on " } : {}),
      // An interrupt makes `serve` finish its requests and end; a program that runs gets no signal anyway, it ends at once.
      stopSignal: image.kind === "serve" ? "SIGINT" : "SIGTERM",
      ...(image.kind === "serve" ? { settleMs: SETTLE_MS } : {}),
    };
  }
}

function serveArguments(request: LaunchRequest): string[] {
  const { config, bindAddress } = request;
  if (config.command.length + config.args.length > 0) {
    throw new RuntimeError(
      "CreateContainerConfigError",
      `Can not create container "${config.name}": a wasi:http component takes no command and no args; use env`,
    );
  }
  const port = config.ports.find(({ protocol }) => protocol === "TCP")
    ?.containerPort ?? DEFAULT_PORT;
  return [
    "serve",
    ...commonArguments(request),
    // without `cli` a guest has neither environment nor files
    ...["-S", "cli=y,inherit-network=y,allow-ip-name-lookup=y"],
    "--no-logging-prefix",
    ...["--addr", `${bindAddress}:${port}`],
    PAYLOAD_PATH,
  ];
}

function runArguments(request: LaunchRequest, image: WasmImage): string[] {
  const { config } = request;
  const [argv0 = posix.basename(image.image), ...rest] = config.command;
  return [
    "run",
    ...commonArguments(request),
    ...["-S", "inherit-network=y,allow-ip-name-lookup=y"],
    ...(image.isComponent ? ["-S", "http=y"] : []),
    ...(config.workingDir ? ["-S", `cwd=${config.workingDir}`] : []),
    ...["--argv0", argv0],
    PAYLOAD_PATH,
    ...rest,
    ...config.args,
  ];
}

function commonArguments(request: LaunchRequest): string[] {
  const { config, folders, memoryLimitBytes } = request;
  return [
    ...["-C", "cache=n"], // it would make a folder in a home that the user may not have
    "--allow-precompiled",
    ...(memoryLimitBytes === undefined
      ? []
      : ["-W", `max-memory-size=${memoryLimitBytes}`]),
    // A bare name: the guest gets the engine's own variable. Names that would steer the engine cannot go that way. There is no other than to show their
    // values to the machine's users, so a Secret should not have such a name.
    ...effectiveEnv(config).flatMap(([name, value]) => [
      "--env",
      steersEngine(name) ? `${name}=${value}` : name,
    ]),
    ...folders.flatMap(({ from, to }) => ["--dir", `${from}::${to}`]),
  ];
}

/** A later variable of the same name wins, as for containers. */
function effectiveEnv(config: ContainerConfig): [string, string][] {
  return [
    ...new Map(config.env.map(({ name, value }) => [name, value])),
  ];
}
