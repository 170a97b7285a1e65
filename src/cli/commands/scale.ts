/**
 * `wherry scale`.
 *
 * @module
 */
import type { CliContext } from "../context.ts";
import { CliFailure, EXIT_OK, EXIT_USAGE } from "../failure.ts";
import { displayName, parseTargets } from "../targets.ts";

/** Flags of `scale`. */
export interface ScaleFlags {
  readonly replicas: number;
  /** Only if it has this many now. */
  readonly currentReplicas?: number;
}

/** An `autoscaling/v1` Scale, as far as it is used here. */
interface Scale {
  metadata: { name?: string };
  spec?: { replicas?: number };
}

/** Sets the number of replicas through the scale subresource. */
export async function scale(
  context: CliContext,
  words: readonly string[],
  flags: ScaleFlags,
): Promise<number> {
  const client = await context.client();
  const namespace = await context.namespace();
  for (
    const { resource, name } of parseTargets(await context.lookup(), words)
  ) {
    if (name === undefined) {
      throw new CliFailure("you must name the objects to scale", {
        exitCode: EXIT_USAGE,
      });
    }
    if (!resource.subresources.includes("scale")) {
      throw new CliFailure(
        `cannot scale ${
          displayName(resource, name)
        }: ${resource.plural} have no replicas`,
      );
    }
    const target = resource.namespaced ? { name, namespace } : { name };
    if (flags.currentReplicas !== undefined) {
      const group = resource.group
        ? `/apis/${resource.group}/${resource.version}`
        : `/api/${resource.version}`;
      const response = await client.raw(
        `${group}/namespaces/${namespace}/${resource.plural}/${name}/scale`,
      );
      const now = response.ok
        ? (await response.json() as Scale).spec?.replicas ?? 0
        : undefined;
      if (now !== undefined && now !== flags.currentReplicas) {
        throw new CliFailure(
          `Expected replicas to be ${flags.currentReplicas}, was ${now}`,
        );
      }
    }
    await client.patch(resource, target, {
      type: "merge",
      body: { spec: { replicas: flags.replicas } },
      subresource: "scale",
    });
    await context.print(`${displayName(resource, name)} scaled`);
  }
  return EXIT_OK;
}
