/**
 * What each controller watches.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import { ALL_KINDS, type AnyKind } from "../api/registry.ts";
import type { Client } from "../client/client.ts";
import { EventRecorder } from "../client/event_recorder.ts";
import type { ResourceInformer } from "../client/informer.ts";
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  ENDPOINTS,
  EVENTS,
  NAMESPACES,
  NODES,
  REPLICATION_CONTROLLERS,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
} from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import type { Manager } from "../loop/manager.ts";
import { BY_NAMESPACE } from "../loop/owners.ts";
import {
  podInformer,
  replicaSetInformer,
  withoutManagedFields,
} from "../loop/shared_informers.ts";
import {
  BOOTSTRAP_TOKEN_TYPE,
  BootstrapTokenReconciler,
  TOKEN_NAMESPACE,
} from "./bootstrap_token.ts";
import { type Issuers, wireAuth } from "./auth_wiring.ts";
import { customResources, definitionInformer } from "./custom_resources.ts";
import { DeploymentReconciler } from "./deployment.ts";
import {
  BY_SERVICE,
  EndpointSliceReconciler,
  serviceOfSlice,
} from "./endpoint_slice.ts";
import { EndpointsReconciler } from "./endpoints.ts";
import { eventAge, EventTtlReconciler } from "./event_ttl.ts";
import { addGarbageCollector } from "./garbage/mod.ts";
import { NamespaceReconciler } from "./namespace.ts";
import { type NodeControllersOptions, wireNodes } from "./node_wiring.ts";
import { wireProtection, wireResourceQuotas } from "./protection_wiring.ts";
import {
  type ReplicaKind,
  type ReplicaOwner,
  ReplicaReconciler,
} from "./replica_reconciler.ts";
import { REPLICA_SET_KIND } from "./replica_set.ts";
import { REPLICATION_CONTROLLER_KIND } from "./replication_controller.ts";
import {
  DEFAULT_ACCOUNT,
  NamespaceDefaultsReconciler,
  ROOT_CA,
} from "./service_account.ts";
import { servicesOfPod } from "./service_pods.ts";
import { wireVolumes } from "./volumes/wiring.ts";

/** What the controllers are told. */
export interface ControllersOptions extends Issuers, NodeControllersOptions {
  /** PEM of the API server's CA, published in every namespace; nothing is published without it. */
  readonly rootCa?: string;
  /** The kinds that namespaces are emptied of and garbage is collected of. @default all built-in kinds */
  readonly kinds?: readonly AnyKind[];
}

/** Something that wires one controller. */
interface Wiring extends ControllersOptions {
  readonly host: Host;
  readonly client: Client;
  readonly manager: Manager;
  /** A recorder that speaks as a component; closed with the rest. */
  recorder(component: string): EventRecorder;
}

/**
 * Adds all controllers to a manager, before it starts. Dispose the answer after the manager.
 *
 * @throws {RangeError} when the cluster CIDR cannot be used
 */
export function addControllers(
  host: Host,
  manager: Manager,
  options: ControllersOptions & { readonly client: Client },
): AsyncDisposable {
  const recorders: EventRecorder[] = [];
  const wiring: Wiring = {
    ...options,
    host,
    manager,
    recorder: (component) => {
      const recorder = new EventRecorder(host, options.client, { component });
      recorders.push(recorder);
      return recorder;
    },
  };
  wireNamespaceDefaults(wiring);
  wireNodes(wiring);
  const replicaSets = replicaSetInformer(manager);
  wireReplicas(wiring, {
    kind: REPLICA_SET_KIND,
    owners: replicaSets,
    component: "replicaset-controller",
  });
  wireReplicas(wiring, {
    kind: REPLICATION_CONTROLLER_KIND,
    owners: manager.informer(REPLICATION_CONTROLLERS),
    component: "replication-controller",
  });
  wireDeployments(wiring);
  wireServices(wiring);
  wireNamespaces(wiring);
  wireBootstrapTokens(wiring);
  wireEventTtl(wiring);
  wireResourceQuotas(wiring, options.kinds ?? ALL_KINDS);
  wireProtection(wiring);
  wireVolumes(wiring);
  wireAuth(wiring);
  // Last: it watches every kind, and shares the informers that are there by now.
  addGarbageCollector(host, manager, {
    client: options.client,
    kinds: options.kinds ?? ALL_KINDS,
  });
  return {
    [Symbol.asyncDispose]: async () => {
      for (const recorder of recorders.reverse()) {
        await recorder[Symbol.asyncDispose]();
      }
    },
  };
}

function wireNamespaceDefaults(
  { host, client, manager, rootCa }: Wiring,
): void {
  const namespaces = manager.informer(NAMESPACES);
  const accounts = manager.informer(SERVICE_ACCOUNTS, {
    fieldSelector: `metadata.name=${DEFAULT_ACCOUNT}`,
  });
  const configMaps = manager.informer(CONFIG_MAPS, {
    fieldSelector: `metadata.name=${ROOT_CA}`,
  });
  const reconciler = new NamespaceDefaultsReconciler({
    client,
    namespaces,
    accounts,
    configMaps,
    ...rootCa === undefined ? {} : { rootCa },
  });
  const namespaceOf = ({ key }: { key: string }) => [key.split("/")[0]!];
  manager.add(
    new Controller(host, reconciler).watch(namespaces)
      .watch(accounts, namespaceOf).watch(configMaps, namespaceOf),
  );
}

function wireReplicas<T extends ReplicaOwner>(
  { host, client, manager, recorder }: Wiring,
  { kind, owners, component }: {
    readonly kind: ReplicaKind<T>;
    readonly owners: ResourceInformer<T>;
    readonly component: string;
  },
): void {
  const pods = podInformer(manager);
  const reconciler = new ReplicaReconciler(host, {
    client,
    kind,
    owners,
    pods,
    recorder: recorder(component),
  });
  manager.add(
    new Controller(host, reconciler).watch(owners)
      .watch(pods, (change) => reconciler.keysOfPod(change)),
  );
}

function wireDeployments({ host, client, manager, recorder }: Wiring): void {
  const deployments = manager.informer(DEPLOYMENTS, {
    transform: withoutManagedFields,
  });
  const replicaSets = replicaSetInformer(manager);
  const pods = podInformer(manager);
  const reconciler = new DeploymentReconciler(host, {
    client,
    deployments,
    replicaSets,
    pods,
    recorder: recorder("deployment-controller"),
  });
  manager.add(
    new Controller(host, reconciler).watch(deployments)
      .watch(replicaSets, (change) => reconciler.keysOfSet(change))
      .watch(pods, (change) => reconciler.keysOfPod(change)),
  );
}

function wireServices({ host, client, manager }: Wiring): void {
  const services = manager.informer(SERVICES, {
    indexes: { [BY_NAMESPACE]: ({ metadata }) => [metadata.namespace ?? ""] },
  });
  const pods = podInformer(manager);
  const nodes = manager.informer(NODES);
  const slices = manager.informer(ENDPOINT_SLICES, {
    indexes: { [BY_SERVICE]: serviceOfSlice },
  });
  const endpoints = manager.informer(ENDPOINTS);
  const sliced = new EndpointSliceReconciler({
    client,
    services,
    pods,
    nodes,
    slices,
  });
  manager.add(
    new Controller(host, sliced).watch(services)
      .watch(pods, (change) => servicesOfPod(change, services))
      .watch(slices, (change) => sliced.keysOfSlice(change)),
  );
  const older = new EndpointsReconciler({
    client,
    services,
    pods,
    endpoints,
  });
  manager.add(
    new Controller(host, older).watch(services).watch(endpoints)
      .watch(pods, (change) => servicesOfPod(change, services)),
  );
}

function wireNamespaces({ host, client, manager, kinds }: Wiring): void {
  const namespaces = manager.informer(NAMESPACES);
  const definitions = definitionInformer(manager);
  const reconciler = new NamespaceReconciler(host, {
    client,
    namespaces,
    kinds: () => [...kinds ?? ALL_KINDS, ...customResources(definitions)],
  });
  manager.add(
    new Controller(host, reconciler).watch(namespaces)
      .watch(podInformer(manager), (change) => reconciler.keysOfPod(change)),
  );
}

function wireBootstrapTokens({ host, client, manager }: Wiring): void {
  const secrets = manager.informer(SECRETS, {
    namespace: TOKEN_NAMESPACE,
    fieldSelector: `type=${BOOTSTRAP_TOKEN_TYPE}`,
  });
  manager.add(
    new Controller(
      host,
      new BootstrapTokenReconciler(host, { client, secrets }),
      { concurrency: 1 },
    ).watch(secrets),
  );
}

function wireEventTtl({ host, client, manager }: Wiring): void {
  const events = manager.informer(EVENTS, { transform: eventAge });
  const reconciler = new EventTtlReconciler(host, { client, events });
  manager.add(
    new Controller(host, reconciler, { concurrency: 1 })
      .watch(events, (change) => reconciler.keysOfEvent(change)),
  );
}
