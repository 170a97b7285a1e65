/**
 * Which pods are behind a service, and with which ports.
 *
 * @module
 */
import type { Container } from "../api/core/container.ts";
import { sameJson } from "../api/equal.ts";
import type { Pod } from "../api/core/pod.ts";
import { isSidecar } from "../api/core/pod_summary.ts";
import { selectorOfLabels } from "../api/selector.ts";
import type { Service, ServicePort } from "../api/core/service.ts";
import type { Change } from "../client/client.ts";
import type { ResourceInformer } from "../client/informer.ts";
import { keyOf } from "../client/paths.ts";
import { BY_NAMESPACE } from "../loop/owners.ts";
import { isPodReady, isPodTerminal } from "./pods.ts";

/** Label on endpoints and slices of services without a cluster IP. */
export const HEADLESS_LABEL = "service.kubernetes.io/headless";

/** A port as pods offer it to a service. */
export interface TargetPort {
  /** The service port's name, "" when it has none. */
  readonly name: string;
  /** The pod's port. */
  readonly port: number;
  /** Its protocol. */
  readonly protocol: NonNullable<ServicePort["protocol"]>;
  /** What is spoken on it, as the service says. */
  readonly appProtocol?: string;
}

/** Whether we look after a service's endpoints: not those without a selector, whose owners do it, nor mere names of others. */
export function isManaged(service: Service): boolean {
  return service.spec.type !== "ExternalName" &&
    Object.keys(service.spec.selector ?? {}).length > 0;
}

/** Whether a service has no cluster IP. */
export function isHeadless(service: Service): boolean {
  return service.spec.clusterIP === "None";
}

/** The services that a change of a pod concerns, by key. */
export function servicesOfPod(
  { object, previous }: Change<Pod>,
  services: ResourceInformer<Service>,
): string[] {
  if (
    object !== undefined && previous !== undefined &&
    sameJson(concern(object), concern(previous))
  ) return [];
  const namespace = (object ?? previous)?.metadata.namespace ?? "";
  const versions = [object, previous].filter((pod) => pod !== undefined);
  return services.byIndex(BY_NAMESPACE, namespace)
    .filter((service) => isManaged(service) && selectsAny(service, versions))
    .map(keyOf);
}

/** The pods behind a service that have an address and have not ended, by name. */
export function podsOfService(
  service: Service,
  pods: ResourceInformer<Pod>,
): Pod[] {
  const selector = selectorOfLabels(service.spec.selector);
  return pods.byIndex(BY_NAMESPACE, service.metadata.namespace ?? "")
    .filter((pod) =>
      selector.matches(pod.metadata.labels) && !isPodTerminal(pod) &&
      addressesOf(pod).length > 0
    )
    .sort((a, b) => (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1);
}

/** All addresses of a pod. */
export function addressesOf({ status }: Pod): string[] {
  const all = (status?.podIPs ?? []).map(({ ip }) => ip);
  return all.length > 0 ? all : status?.podIP ? [status.podIP] : [];
}

/** The ports of a service as one pod offers them; a named port that the pod does not have is left out. */
export function targetPorts(service: Service, pod: Pod): TargetPort[] {
  const ports: TargetPort[] = [];
  for (const servicePort of service.spec.ports ?? []) {
    const protocol = servicePort.protocol ?? "TCP";
    const port = findPort(pod, servicePort);
    if (port === undefined) continue;
    ports.push({
      name: servicePort.name ?? "",
      port,
      protocol,
      ...servicePort.appProtocol === undefined
        ? {}
        : { appProtocol: servicePort.appProtocol },
    });
  }
  return ports;
}

/** The name under which a pod of a headless service is found in DNS, if it has one there. */
export function hostnameIn(service: Service, pod: Pod): string | undefined {
  const { hostname, subdomain } = pod.spec;
  return hostname && subdomain === service.metadata.name ? hostname : undefined;
}

/** All that endpoints tell of a pod: a change elsewhere does not concern services. */
function concern(pod: Pod): unknown {
  return {
    labels: pod.metadata.labels,
    uid: pod.metadata.uid,
    leaving: pod.metadata.deletionTimestamp !== undefined,
    addresses: addressesOf(pod),
    ready: isPodReady(pod),
    ended: isPodTerminal(pod),
    node: pod.spec.nodeName,
    hostname: pod.spec.hostname,
    subdomain: pod.spec.subdomain,
  };
}

function selectsAny(service: Service, pods: readonly Pod[]): boolean {
  const selector = selectorOfLabels(service.spec.selector);
  return pods.some(({ metadata }) => selector.matches(metadata.labels));
}

function findPort(pod: Pod, servicePort: ServicePort): number | undefined {
  const { targetPort, port, protocol = "TCP" } = servicePort;
  if (targetPort === undefined || targetPort === 0) return port;
  if (typeof targetPort === "number") return targetPort;
  const { containers, initContainers = [] } = pod.spec;
  for (
    const container of [...containers, ...initContainers.filter(isSidecar)]
  ) {
    const found = portNamed(container, { name: targetPort, protocol });
    if (found !== undefined) return found;
  }
  return undefined;
}

function portNamed(
  container: Container,
  { name, protocol }: { name: string; protocol: string },
): number | undefined {
  return container.ports?.find((port) =>
    port.name === name && (port.protocol ?? "TCP") === protocol
  )?.containerPort;
}
