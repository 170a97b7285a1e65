/**
 * What the agent answers about its pods, to the server and on the machine itself.
 *
 * @module
 */
import type { Host } from "../src/base/host.ts";
import type { Answers } from "./link/requests.ts";
import type { NodePods } from "./node_pods.ts";
import type { LocalSources } from "./pod/sources/mod.ts";

/** Answers from the pods and their own sources. */
export function podAnswers(host: Host, { pods, sources, importImage }: {
  readonly pods: NodePods;
  readonly sources: LocalSources;
  /** Loads an image archive; the pods that wait for one of its images look again. @default images cannot be imported */
  readonly importImage?: Answers["importImage"];
}): Omit<Answers, "state" | "usage" | "socketPath"> {
  return {
    now: () => host.clock.now(),
    pods: () => pods.pods(),
    pod: (namespace, name) => {
      const record = pods.manager.records().find(({ key }) =>
        key === `${namespace}/${name}`
      );
      return record && {
        name,
        runtime: record.runtime,
        status: record.lastStatus,
      };
    },
    removeLocalVolume: (path) => pods.removeLocalVolume(path),
    manifests: async (request) => {
      const { manifestRequest } = await import(
        "./pod/sources/manifest_requests.ts"
      );
      return await manifestRequest(sources.put, request);
    },
    ...importImage && {
      importImage: async (path) => {
        const images = await importImage(path);
        pods.imagesChanged();
        return images;
      },
    },
  };
}
