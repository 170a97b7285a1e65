/**
 * Commands that probes and hooks run in a container.
 *
 * @module
 */
import type { RunCommand } from "../probes/prober.ts";
import type { ContainerWork } from "./container_work.ts";
import { expandVariables } from "./expand.ts";

/** Runs commands in one of a container's runs. As in kubelet, `$(NAME)` in a command stands for a variable whose value stands in the Pod itself. */
export function commandsOf(
  { services, spec }: Pick<ContainerWork, "services" | "spec">,
  id: string,
): RunCommand {
  return (command, options) => {
    const known = new Map(
      (spec.env ?? []).flatMap(({ name, value, valueFrom }) =>
        valueFrom ? [] : [[name, value ?? ""] as const]
      ),
    );
    return services.runtime.execSync(id, {
      command: command.map((word) => expandVariables(word, known)),
      ...options,
    });
  };
}
