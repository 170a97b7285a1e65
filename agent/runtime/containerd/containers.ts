/**
 * What the agent has of containers: our own containerd, or a CRI runtime that is already on the machine.
 *
 * @module
 */

import type { Host } from "../../../src/base/host.ts";
import { parseReference } from "../../../src/base/oci/reference.ts";
import type { Registries } from "../../images/registries.ts";
import { type Runtime, RuntimeError } from "../runtime.ts";
import { CriRuntime } from "./cri_runtime.ts";
import { findContainerdTools, findProgram } from "./find_tools.ts";
import { ImageMounts } from "./image_mounts.ts";
import { importImage } from "./import_image.ts";
import type { LogLimits } from "./log_rotation.ts";
import { OwnContainerd } from "./own_containerd.ts";

/** A node's containers. Disposing lets go of them; pods go on. */
export interface Containers extends AsyncDisposable {
  readonly runtime: Runtime;
  /**
   * Loads an OCI or Docker archive; answers the names of its images.
   *
   * @throws {Error} when the file is none, or the runtime has no way to load it.
   */
  importImage(path: string): Promise<readonly string[]>;
  /** Resolves when pods can be given the network that was just configured, or after a moment. @default at once */
  networkConfigured?(): Promise<void>;
  /** Ends all pods that the agent made, and containerd when it is ours. Images, exit codes and logs stay. */
  stop(): Promise<void>;
}

/** Which runtime. */
export interface ContainersOptions {
  /** Folder for our own containerd, for example `D/containerd`. */
  readonly dir: string;
  /** `unix:///path` of a CRI runtime to use instead of our own containerd. */
  readonly endpoint?: string;
  /** Folder with the pod network's CNI configuration, for our own. @default `<dir>/cni` */
  readonly cniConfDir?: string;
  /** How much of containers' logs is kept. @default kubelet's limits */
  readonly logs?: LogLimits;
  /** The registries that images may come from. @default those that the runtime finds by itself */
  readonly registries?: Registries;
}

/**
 * Opens the node's containers.
 *
 * @throws {Error} when there is no containerd on PATH, the endpoint is not of the form `unix:///path`, or nothing answers there.
 */
export async function openContainers(
  host: Host,
  options: ContainersOptions,
): Promise<Containers> {
  const { endpoint } = options;
  if (endpoint === undefined) {
    const tools = await findContainerdTools(host);
    return await OwnContainerd.open(host, { ...options, tools });
  }
  const socket = socketOf(endpoint);
  const ctr = await findProgram(host, "ctr");
  const runtime = await CriRuntime.open(host, {
    socket,
    ...(options.logs && { logs: options.logs }),
    ...(ctr && { imageMounts: new ImageMounts(host, { ctr, socket }) }),
    beforePull: (image) => refuseCluster(image, options.registries),
  }).catch((cause) => {
    throw new Error(
      `Cannot use the container runtime at "${endpoint}": ${cause.message}`,
      { cause },
    );
  });
  return {
    runtime,
    importImage: (path) => importIntoForeign(host, { runtime, socket, path }),
    stop: async () => {
      await runtime.stopAll();
      await runtime[Symbol.asyncDispose]();
    },
    [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose](),
  };
}

/** Only our own containerd knows the way to the cluster's registry. */
function refuseCluster(
  image: string,
  registries: Registries | undefined,
): Promise<undefined> {
  const registry = parseReference(image)?.registry;
  if (registry === undefined || !registries?.isCluster(registry)) {
    return Promise.resolve(undefined);
  }
  return Promise.reject(
    new RuntimeError(
      "ErrImagePull",
      "The container runtime of this node is not the agent's own and does not know the cluster's registry",
    ),
  );
}

/** The path in `unix:///path`. */
function socketOf(endpoint: string): string {
  const path = endpoint.match(/^unix:\/\/(\/.+)$/)?.[1];
  if (path) return path;
  throw new Error(
    `Cannot use the container runtime at "${endpoint}": not of the form unix:///path`,
  );
}

async function importIntoForeign(host: Host, target: {
  runtime: CriRuntime;
  socket: string;
  path: string;
}): Promise<string[]> {
  const { runtime, socket, path } = target;
  const { name } = await runtime.version();
  if (name !== "containerd") {
    throw new Error(
      `Cannot import "${path}": the CRI has no call for it, and this runtime is ${name}, not containerd; use its own tools`,
    );
  }
  const ctr = await findProgram(host, "ctr");
  if (!ctr) {
    throw new Error(
      `Cannot import "${path}": containerd's client "ctr" is not on PATH`,
    );
  }
  const names = await importImage(host, path, { ctr, socket });
  await runtime.waitForImages(names);
  return names;
}
