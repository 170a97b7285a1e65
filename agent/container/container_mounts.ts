/**
 * From a container's `volumeMounts` to what a runtime is told.
 *
 * @module
 */
import type { Container, VolumeMount } from "../../src/api/core/container.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Volume } from "../../src/api/core/volume.ts";
import { messageOf } from "../../src/base/errors.ts";
import type { Host } from "../../src/base/host.ts";
import { expandVariables } from "./expand.ts";
import { type ContainerConfig, RuntimeError } from "../runtime/runtime.ts";
import type { PodVolumes, ReadyVolume } from "../volumes/pod_volumes.ts";
import { checkSubPath, prepareSubPath } from "../volumes/sub_path.ts";

type Mount = ContainerConfig["mounts"][number];

/** What {@linkcode containerMounts} needs. */
export interface ContainerMountsContext {
  /** The pod, whose volumes are mounted. */
  readonly pod: Pod;
  /** Which of its containers. */
  readonly container: Container;
  /** All variables, values expanded; `subPathExpr` refers to these. */
  readonly environment: ReadonlyMap<string, string>;
  /** Where volumes and their parts lie. */
  readonly volumes: PodVolumes;
  /** Whether the runtime can make what is mounted below a mount read-only too. */
  readonly recursiveReadOnly: () => Promise<boolean>;
  /** Mounts the image of an image volume at its path, unless it is. */
  readonly mountImage: (volume: Volume) => Promise<void>;
}

/**
 * The container's mounts, in their order.
 *
 * @throws {RuntimeError} `CreateContainerConfigError`, in kubelet's words
 */
export async function containerMounts(
  host: Pick<Host, "disk" | "log">,
  context: ContainerMountsContext,
): Promise<Mount[]> {
  const mounts: Mount[] = [];
  for (
    const [index, mount] of (context.container.volumeMounts ?? []).entries()
  ) {
    try {
      mounts.push(await mountConfig(host, context, { mount, index }));
    } catch (error) {
      if (error instanceof RuntimeError) throw error;
      throw new RuntimeError("CreateContainerConfigError", messageOf(error), {
        cause: error,
      });
    }
  }
  return mounts;
}

async function mountConfig(
  host: Pick<Host, "disk" | "log">,
  context: ContainerMountsContext,
  { mount, index }: { mount: VolumeMount; index: number },
): Promise<Mount> {
  const { pod, container, volumes } = context;
  const uid = pod.metadata.uid!;
  const volume = volumes.ready(uid, mount.name);
  if (!volume) {
    throw new Error(
      `cannot find volume "${mount.name}" to mount into container "${container.name}"`,
    );
  }
  const source = pod.spec.volumes?.find(({ name }) => name === mount.name);
  if (source?.image) await context.mountImage(source);
  const subPath = mount.subPathExpr
    ? expandSubPath(mount.subPathExpr, context.environment)
    : mount.subPath ?? "";
  checkSubPath(subPath);
  const isRecursive = await resolveRecursiveReadOnly(mount, context);
  return {
    hostPath: subPath === "" ? volume.path : await subPathOf(host, context, {
      ...{ volume, subPath, mount },
      target: `${
        volumes.podFolder(uid)
      }/volume-subpaths/${mount.name}/${container.name}/${index}`,
    }),
    containerPath: mount.mountPath,
    readOnly: (mount.readOnly ?? false) || volume.readOnly,
    ...(mount.mountPropagation && { propagation: mount.mountPropagation }),
    ...(isRecursive && { recursiveReadOnly: true }),
  };
}

/** The reason stays on the node: it could tell of files outside of the volume. */
async function subPathOf(
  host: Pick<Host, "disk" | "log">,
  { pod, container, volumes }: ContainerMountsContext,
  { mount, ...request }: {
    mount: VolumeMount;
    volume: ReadyVolume;
    subPath: string;
    target: string;
  },
): Promise<string> {
  if (!volumes.mounts && !request.volume.isOurs) {
    throw new Error(
      `subPath of volume "${mount.name}", which containers may write to, needs mounts, and this agent runs as an ordinary user`,
    );
  }
  try {
    return await volumes.change(
      pod.metadata.uid!,
      () => prepareSubPath(host, request, volumes.mounts),
    );
  } catch (error) {
    host.log("warn", "Could not prepare a part of a volume", {
      pod: `${pod.metadata.namespace}/${pod.metadata.name}`,
      container: container.name,
      volume: mount.name,
      error: messageOf(error),
    });
    throw new Error(
      `failed to prepare subPath for volumeMount "${mount.name}" of container "${container.name}"`,
      { cause: error },
    );
  }
}

/** @throws {Error} when a variable is missing or empty: the path would be another one */
function expandSubPath(
  expression: string,
  environment: ReadonlyMap<string, string>,
): string {
  const missing = new Set<string>();
  const expanded = expandVariables(expression, {
    get: (name) => {
      const value = environment.get(name);
      if (!value) missing.add(name);
      return value ?? "";
    },
  });
  if (missing.size === 0) return expanded;
  throw new Error(`missing value for ${[...missing].sort().join(", ")}`);
}

/** @throws {Error} when it is wanted and cannot be had */
async function resolveRecursiveReadOnly(
  mount: VolumeMount,
  context: ContainerMountsContext,
): Promise<boolean> {
  const { name, mountPropagation = "None", recursiveReadOnly: wish } = mount;
  if (wish === undefined || wish === "Disabled") return false;
  const refuse = (why: string): never => {
    throw new Error(
      `failed to resolve recursive read-only mode: volume "${name}" requested recursive read-only mode, but it is ${why}`,
    );
  };
  if (!mount.readOnly) return refuse("not read-only");
  if (mountPropagation !== "None") {
    return refuse(`not compatible with propagation "${mountPropagation}"`);
  }
  const canBe = await context.recursiveReadOnly();
  return canBe || wish !== "Enabled"
    ? canBe
    : refuse("not supported by the runtime");
}
