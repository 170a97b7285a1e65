/**
 * What a guest may: from the Pod, and nothing else.
 *
 * @module
 */
import type { GuestFolder } from "../process/engine.ts";
import { RuntimeError } from "../runtime.ts";

/** What {@linkcode permissionArguments} makes arguments of. */
export interface GuestPermissions {
  /** The container's name, for messages. */
  readonly name: string;
  /** Peers and own ports; undefined: all. */
  readonly net: readonly string[] | undefined;
  /** Variables. */
  readonly env: readonly string[];
  /** Its mounts. */
  readonly folders: readonly GuestFolder[];
  /** The bundle's file, where the engine would not let it be imported otherwise. */
  readonly module: string | undefined;
}

/**
 * Flags that keep Deno from looking for anything but the module that it is given. What a guest may not have is refused (`--no-prompt`): to run programs,
 * to load libraries, to look at the system, to load code from elsewhere. A variable that it was not given is simply not there.
 */
export const CLOSED = [
  "--quiet",
  "--no-prompt",
  "--no-remote",
  "--no-npm",
  "--no-config",
  "--no-lock",
  "--no-code-cache",
  "--cached-only",
  "--ignore-env",
] as const;

/** The permissions as arguments of Deno. @throws {RuntimeError} `CreateContainerConfigError` when a path cannot be said */
export function permissionArguments(
  { name, net, env, folders, module }: GuestPermissions,
): string[] {
  for (const { from, to } of folders) {
    // Deno has no way to write it.
    if (!from.includes(",")) continue;
    throw new RuntimeError(
      "CreateContainerConfigError",
      `Can not create container "${name}": mount path "${to}" has a comma, which the runtime "deno" cannot allow`,
    );
  }
  const writable = folders.filter(({ readOnly }) => !readOnly);
  return [
    ...(net ? listed("--allow-net", net) : ["--allow-net"]),
    ...listed("--allow-env", env),
    ...listed("--allow-read", [
      ...folders.map(({ from }) => from),
      ...(module === undefined ? [] : [module]),
    ]),
    ...listed("--allow-write", writable.map(({ from }) => from)),
  ];
}

/** Without names the flag would allow all. */
function listed(flag: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${flag}=${names.join(",")}`];
}
