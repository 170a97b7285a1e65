/**
 * What the pods of several engines work with: each container what its own engine's containers do.
 *
 * @module
 */
import { podEngines } from "../../src/api/core/pod_engines.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { makePodServices, type NodeParts } from "./pod_services.ts";
import type { PodServices } from "./pod_work.ts";

/** Services for pods of several engines. */
export function makeMixedServices(parts: NodeParts, options: {
  readonly mixed: Runtime;
  /** The engines' own services. */
  readonly engines: ReadonlyMap<Runtime, PodServices>;
}): PodServices {
  const { mixed, engines } = options;
  const own = makePodServices(parts, mixed);
  const of = (name: string | undefined) =>
    [...engines].find(([runtime]) => runtime.name === name)?.[1].containers;
  return {
    ...own,
    containersOf: (pod, name) => {
      const services = of(podEngines(pod).engines[name]);
      if (!services) return own.containers; // whoever creates it says so
      const { images, configure } = services;
      return { ...own.containers, images, configure };
    },
    volumes: {
      ...own.volumes,
      // What an engine has mounted of images is known to its own services only.
      release: async (uid) => {
        for (const { volumes } of engines.values()) {
          await volumes.release?.(uid);
        }
      },
      remove: async (uid) => {
        for (const { volumes } of engines.values()) await volumes.remove(uid);
        await own.volumes.remove(uid);
      },
    },
  };
}
