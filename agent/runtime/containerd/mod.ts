/**
 * Containers, over the CRI: {@linkcode openContainers} gives them on our own containerd ({@linkcode OwnContainerd}) or on a CRI
 * runtime that is already there ({@linkcode CriRuntime}). Import it lazily: an agent without containers does not need its 5 MB.
 *
 * @module
 */

export * from "./containers.ts";
export * from "./cri_runtime.ts";
export * from "./find_tools.ts";
export * from "./import_image.ts";
export * from "./own_containerd.ts";
export type { ContainerdTools } from "./containerd_process.ts";
