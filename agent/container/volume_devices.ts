/**
 * Block devices that containers get.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import { type ContainerConfig, RuntimeError } from "../runtime/runtime.ts";
import type { ReadyVolume } from "../volumes/pod_volumes.ts";

/**
 * The devices that a container's `volumeDevices` name.
 *
 * @param options.ready a volume of the pod by its name
 * @param options.canPass whether the engine gives devices to its containers
 * @throws {RuntimeError} `CreateContainerConfigError` when the engine cannot, or a volume is not there
 */
export function volumeDevices(
  { volumeDevices = [] }: Container,
  { ready, canPass }: {
    readonly ready: (name: string) => ReadyVolume | undefined;
    readonly canPass: boolean;
  },
): NonNullable<ContainerConfig["devices"]> {
  return volumeDevices.map(({ name, devicePath }) => {
    if (!canPass) {
      throw new RuntimeError(
        "CreateContainerConfigError",
        `volume device "${name}": this runtime passes no devices to containers`,
      );
    }
    const volume = ready(name);
    if (volume === undefined) {
      throw new RuntimeError(
        "CreateContainerConfigError",
        `cannot find volume "${name}" to pass into container`,
      );
    }
    return {
      hostPath: volume.path,
      containerPath: devicePath,
      permissions: volume.readOnly ? "r" : "mrw",
    };
  });
}
