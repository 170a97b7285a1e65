/**
 * What the demo looks at in its cluster.
 *
 * @module
 */
import type { Cluster } from "./cluster.ts";
import type { ServiceAddress } from "./traffic.ts";

interface PodList {
  readonly items: readonly {
    readonly metadata: {
      readonly name: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly deletionTimestamp?: string;
    };
    readonly status: {
      readonly conditions?: readonly {
        readonly type: string;
        readonly status: string;
      }[];
      readonly containerStatuses?: readonly { readonly restartCount: number }[];
    };
  }[];
}

interface EndpointSliceList {
  readonly items: readonly {
    readonly endpoints?:
      | readonly {
        readonly conditions?: { readonly ready?: boolean };
        readonly targetRef?: { readonly name?: string };
      }[]
      | null;
  }[];
}

/** A pod of the demo's service that is ready. */
export interface ReadyPod {
  readonly name: string;
  readonly engine: string;
  readonly restarts: number;
}

/** The ready pods that are not about to go. */
export async function readyPods(
  cluster: Cluster,
): Promise<ReadyPod[]> {
  const { items } = await cluster.get<PodList>("pods", "-l", "app=hello");
  return items.filter(({ metadata, status }) =>
    !metadata.deletionTimestamp &&
    status.conditions?.some(({ type, status }) =>
      type === "Ready" && status === "True"
    )
  ).map(({ metadata, status }) => ({
    name: metadata.name,
    engine: metadata.labels["engine"] ?? "",
    restarts: status.containerStatuses?.[0]?.restartCount ?? 0,
  }));
}

/** How many ready endpoints the service has. */
export async function readyEndpoints(cluster: Cluster): Promise<number> {
  const { items } = await cluster.get<EndpointSliceList>(
    "endpointslices",
    "-l",
    "kubernetes.io/service-name=hello",
  );
  return items.flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready).length;
}

/** Where the service is. */
export async function serviceAddress(
  cluster: Cluster,
): Promise<ServiceAddress> {
  const { spec } = await cluster.get<
    { spec: { clusterIP: string; ports: { port: number }[] } }
  >("service", "hello");
  return { hostname: spec.clusterIP, port: spec.ports[0]!.port };
}
