/**
 * Deno, the very one that the agent runs on, as the engine of a process runtime.
 *
 * @module
 */
import { posix } from "node:path";
import type { Host } from "../../../src/base/host.ts";
import { DENO_LAYER } from "../../../src/base/oci/media_types.ts";
import type {
  EngineImage,
  EngineImageSet,
  ImageFormat,
} from "../../images/mod.ts";
import type { Engine, Launch, LaunchRequest } from "../process/engine.ts";
import { type Runtime, RuntimeError } from "../runtime.ts";
import { type BundleLook, readBundle } from "./bundle.ts";
import { guestEnvironment } from "./environment.ts";
import { ALLOW_NET_ANNOTATION, netPermission } from "./net_permission.ts";
import { CLOSED, permissionArguments } from "./permissions.ts";
import { preludeText, wrapperText } from "./prelude.ts";

/** What this engine takes as images. */
export const DENO_FORMAT: ImageFormat = {
  name: "Deno",
  layerTypes: [DENO_LAYER],
  extensions: [".mjs", ".js"],
};

/** The largest bundle that is taken: it is read as a whole when it is pulled. */
export const MAX_BUNDLE_BYTES = 32 * 1024 * 1024;

/** What {@linkcode DenoEngine} works with. */
export interface DenoEngineOptions {
  readonly images: EngineImageSet;
  /** See {@linkcode Engine.wantsRoot}. */
  readonly wantsRoot: boolean;
}

/** The port of a service whose Pod declares none: the same as for WASM. */
const DEFAULT_PORT = 8080;

/** How long a service goes on when it is to stop. An endpoint that went away is known on every node within this time, as a rule. */
const SETTLE_MS = 300;

/** The name of the prelude's file, in the container's folder and in the guest's root. */
const PRELUDE_NAME = "prelude.mjs";

/** The name of the main module where there is no root. */
const WRAPPER_NAME = "main.mjs";

/** Where the guest finds Deno in its root; it may know that name. */
const PROGRAM_PLACE = "/usr/bin/deno";

/** Runs bundles: one JavaScript module that imports nothing but `node:` modules. */
export class DenoEngine implements Engine {
  /** @inheritDoc */
  readonly name = "deno";
  /** @inheritDoc */
  readonly wantsRoot: boolean;
  /** @inheritDoc */
  readonly keepsReadOnly = true;
  readonly #host: Pick<Host, "disk" | "processes">;
  readonly #images: EngineImageSet;
  /** What bundles are, by reference. */
  readonly #looks = new Map<string, BundleLook>();
  #version: Promise<string> | undefined;

  constructor(
    host: Pick<Host, "disk" | "processes">,
    { images, wantsRoot }: DenoEngineOptions,
  ) {
    this.wantsRoot = wantsRoot;
    this.#host = host;
    this.#images = images;
  }

  /** @inheritDoc */
  async status(): ReturnType<Runtime["status"]> {
    this.#version ??= this.#askVersion().catch((error) => {
      this.#version = undefined; // asked again
      throw error;
    });
    const version = await this.#version;
    return { ready: true, version: `deno://${version}` };
  }

  /** @inheritDoc */
  async imageStatus(image: string): ReturnType<Runtime["imageStatus"]> {
    refuseTypeScript(image);
    const known = await this.#images.get(image);
    return known && { imageRef: known.imageRef, sizeBytes: known.sizeBytes };
  }

  /** @inheritDoc */
  async pullImage(
    image: string,
    options: Parameters<Runtime["pullImage"]>[1],
  ): ReturnType<Runtime["pullImage"]> {
    refuseTypeScript(image);
    const pulled = await this.#images.pull(image, options);
    const look = await this.#look(pulled);
    if ("problem" in look) {
      await this.#images.remove(pulled.imageRef);
      throw new RuntimeError(
        "ErrImagePull",
        `Can not run the image "${image}": ${look.problem}`,
      );
    }
    return { imageRef: pulled.imageRef };
  }

  /** @inheritDoc */
  listImages(): ReturnType<Runtime["listImages"]> {
    return Promise.resolve(this.#images.list());
  }

  /** @inheritDoc */
  async removeImage(id: string): Promise<void> {
    this.#looks.delete(id);
    await this.#images.remove(id);
  }

  /** Contents that no image is of are removed by the images themselves. */
  removeUnused(): Promise<void> {
    return Promise.resolve();
  }

  /** @inheritDoc */
  async launch(request: LaunchRequest): Promise<Launch> {
    const { config, hasRoot = false } = request;
    const image = this.#images.byRef(config.imageRef);
    if (!image) {
      throw new RuntimeError(
        "CreateContainerError",
        `Can not create container "${config.name}": image "${config.image}" is not on the node`,
      );
    }
    const look = await this.#look(image);
    if ("problem" in look) {
      throw new RuntimeError(
        "CreateContainerError",
        `Can not run the image "${config.image}": ${look.problem}`,
      );
    }
    const { entry } = look;
    const net = netPermission(request.annotations[ALLOW_NET_ANNOTATION], {
      name: config.name,
      ports: config.ports,
      addresses: addressesOf(request.bindAddress),
    });
    const { env, allowed, travelling } = guestEnvironment(config.env, {
      isNetNarrow: net !== undefined,
      hasRoot,
    });
    const { folder, folders } = request;
    const prelude = preludeText({ travelling, folders });
    const place = hasRoot ? "" : folder;
    const main = hasRoot
      ? `/${moduleName(config.image)}`
      : `${folder}/${WRAPPER_NAME}`;
    const files = [
      ...(prelude ? [{ name: PRELUDE_NAME, content: prelude }] : []),
      ...(hasRoot
        ? []
        : [{ name: WRAPPER_NAME, content: wrapperText(image.path, entry) }]),
    ];
    const { memoryLimitBytes } = config.resources;
    return {
      program: this.#host.processes.denoPath,
      payload: image.path,
      env,
      args: [
        entry,
        ...CLOSED,
        ...(memoryLimitBytes === undefined ? [] : [heapFlag(memoryLimitBytes)]),
        ...(prelude ? [`--preload=${place}/${PRELUDE_NAME}`] : []),
        ...permissionArguments({
          name: config.name,
          net,
          env: [...allowed, ...travelling],
          folders,
          module: hasRoot ? undefined : image.path,
        }),
        ...(entry === "serve" ? serviceArguments(request) : []),
        main,
        // The first word is a program's name, as for containers.
        ...config.command.slice(1),
        ...config.args,
      ],
      stopSignal: "SIGTERM",
      takesSignals: true,
      ...(entry === "serve" ? { settleMs: SETTLE_MS } : {}),
      files,
      root: {
        program: PROGRAM_PLACE,
        payload: main,
        shown: files.map(({ name }) => name),
        ...(config.workingDir ? { workingDir: config.workingDir } : {}),
      },
    };
  }

  async #askVersion(): Promise<string> {
    const { processes } = this.#host;
    const { stdout } = await processes.run(processes.denoPath, {
      args: ["--version"],
    });
    return /^deno (\S+)/.exec(stdout)?.[1] ?? "";
  }

  async #look(image: EngineImage): Promise<BundleLook> {
    const known = this.#looks.get(image.imageRef);
    if (known) return known;
    const text = await this.#host.disk.readText(image.path);
    const look = await readBundle(text, image.config);
    this.#looks.set(image.imageRef, look);
    return look;
  }
}

/** Where a program may listen. A pod without a network of its own has but its address: the others are the machine's, and a permission is also to connect. */
function addressesOf(bindAddress: string): readonly string[] {
  return bindAddress === "0.0.0.0"
    ? ["0.0.0.0", "[::]", "127.0.0.1", "[::1]", "localhost"]
    : [bindAddress];
}

function serviceArguments(
  { config, bindAddress }: LaunchRequest,
): string[] {
  const port = config.ports.find(({ protocol }) => protocol === "TCP")
    ?.containerPort ?? DEFAULT_PORT;
  return ["--host", bindAddress, "--port", String(port)];
}

/**
 * The heap's limit: JavaScript's garbage is collected in time instead of growing into a memory limit that V8 does not know. Buffers are not counted, so it
 * is the cgroup that holds.
 */
function heapFlag(memoryLimitBytes: number): string {
  const mebibytes = Math.max(16, Math.ceil(memoryLimitBytes / 2 ** 20));
  return `--v8-flags=--max-old-space-size=${mebibytes}`;
}

/** What a bundle's module is called in the guest's root, and so in its stack traces: the image's name. */
function moduleName(image: string): string {
  const isFile = image.startsWith("file:");
  const path = isFile
    ? image.slice("file:".length)
    : image.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
  const name = posix.basename(path).replaceAll(/[^\w.-]/g, "_");
  return /\.m?js$/.test(name) ? name : `${name || "main"}.js`;
}

/** @throws {RuntimeError} `InvalidImageName` */
function refuseTypeScript(image: string): void {
  if (!/^file:.*\.[cm]?tsx?$/.test(image)) return;
  throw new RuntimeError(
    "InvalidImageName",
    `Can not run the image "${image}": it is TypeScript, and nodes run bundles: make one with "wherry build --target deno"`,
  );
}
