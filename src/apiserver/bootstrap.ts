/**
 * What every cluster has from its first start: the system's namespaces, the `kubernetes` service, classes. Repaired at every start.
 *
 * @module
 */
import { apiServices } from "../api/apiregistration/api_service.ts";
import { type Endpoints, endpoints } from "../api/core/endpoints.ts";
import {
  type EndpointSlice,
  endpointSlices,
} from "../api/discovery/endpoint_slice.ts";
import { flowSchemas } from "../api/flowcontrol/flow_schema.ts";
import { priorityLevelConfigurations } from "../api/flowcontrol/priority_level_configuration.ts";
import type { Kind, KubeObject } from "../api/kind.ts";
import { type Namespace, namespaces } from "../api/core/namespace.ts";
import {
  type ServiceCIDR,
  serviceCidrs,
} from "../api/networking/service_cidr.ts";
import {
  type RuntimeClass,
  runtimeClasses,
} from "../api/node/runtime_class.ts";
import {
  type PriorityClass,
  priorityClasses,
} from "../api/scheduling/priority_class.ts";
import { type Service, services } from "../api/core/service.ts";
import { storageClasses } from "../api/storage/storage_class.ts";
import { LOCAL_PATH_CLASS } from "../api/volumes/local_path.ts";
import { isApiError } from "../api/status.ts";
import { formatTime } from "../api/time.ts";
import { ensurePolicy } from "./auth/policy/ensure_policy.ts";
import { componentUser } from "./auth/user.ts";
import type { ApiServer } from "./call.ts";
import { createObject } from "./create_object.ts";
import { deleteObject } from "./delete_object.ts";
import {
  AUTO_UPDATE,
  FLOW_SCHEMAS,
  PRIORITY_LEVELS,
} from "./fairness/flow_defaults.ts";
import { repairAddresses } from "./hooks/service_address.ts";
import { objectKey } from "./keys.ts";
import { LOCAL_API_SERVICES } from "./local_api_services.ts";
import { modifyObject } from "./modify_object.ts";
import type { Write } from "./write.ts";

const PRIORITY_CLASS = {
  apiVersion: "scheduling.k8s.io/v1",
  kind: "PriorityClass",
  preemptionPolicy: "PreemptLowerPriority",
} as const;

/** Namespaces that are made. */
export const SYSTEM_NAMESPACES = [
  "default",
  "kube-system",
  "kube-public",
  "kube-node-lease",
];

/** The classes of pods that a cluster needs. */
export const SYSTEM_PRIORITY_CLASSES: readonly PriorityClass[] = [
  {
    ...PRIORITY_CLASS,
    metadata: { name: "system-node-critical" },
    value: 2_000_001_000,
    description:
      "Used for system critical pods that must not be moved from their current node.",
  },
  {
    ...PRIORITY_CLASS,
    metadata: { name: "system-cluster-critical" },
    value: 2_000_000_000,
    description:
      "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
  },
];

/** The runtimes that agents bring themselves; made when missing, so that the administrator can say where they run. */
export const RUNTIME_CLASSES: readonly RuntimeClass[] = ["wasmtime", "deno"]
  .map((name) => ({
    apiVersion: "node.k8s.io/v1",
    kind: "RuntimeClass",
    metadata: { name },
    handler: name,
  }));

/** What the `kubernetes` service shows. */
export interface BootstrapOptions {
  /** The first address of the service network. */
  readonly serviceAddress: string;
  /** Where pods reach this server; without it the service has no endpoints. */
  readonly endpoint?: { readonly address: string; readonly port: number };
  /** Whether the default roles and bindings are made. @default true */
  readonly policy?: boolean;
  /** Whether the storage class `local-path` is made when it is not there. @default true */
  readonly localStorage?: boolean;
}

/** Makes what is missing and puts right what has been changed. */
export async function bootstrap(
  api: ApiServer,
  options: BootstrapOptions,
): Promise<void> {
  await Promise.all(
    SYSTEM_NAMESPACES.map((name) => ensureNamespace(api, name)),
  );
  await repairAddresses(api.host, api.store);
  await Promise.all([
    ensureService(api, kubernetesService(options)),
    options.policy === false ? undefined : ensurePolicy(api),
    ...SYSTEM_PRIORITY_CLASSES.map((one) =>
      ensure<PriorityClass>(api, priorityClasses, one)
    ),
    ensureFlows(api),
    ensureServiceCidr(api),
    ...LOCAL_API_SERVICES.map((one) => ensureThere(api, apiServices, one)),
    ...RUNTIME_CLASSES.map((one) =>
      ensureThere<RuntimeClass>(api, runtimeClasses, one)
    ),
    options.localStorage === false
      ? undefined
      : ensureThere(api, storageClasses, LOCAL_PATH_CLASS),
  ]);
  const { endpoint } = options;
  if (endpoint === undefined) return;
  await ensure<Endpoints>(api, endpoints, {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { "endpointslice.kubernetes.io/skip-mirror": "true" },
    },
    subsets: [{
      addresses: [{ ip: endpoint.address }],
      ports: [{ name: "https", port: endpoint.port, protocol: "TCP" }],
    }],
  });
  await ensure<EndpointSlice>(api, endpointSlices, {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { "kubernetes.io/service-name": "kubernetes" },
    },
    addressType: "IPv4",
    endpoints: [{
      addresses: [endpoint.address],
      conditions: { ready: true },
    }],
    ports: [{ name: "https", port: endpoint.port, protocol: "TCP" }],
  });
}

function kubernetesService(
  { serviceAddress, endpoint }: BootstrapOptions,
): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { component: "apiserver", provider: "kubernetes" },
    },
    spec: {
      type: "ClusterIP",
      clusterIP: serviceAddress,
      sessionAffinity: "None",
      ports: [{
        name: "https",
        protocol: "TCP",
        port: 443,
        targetPort: endpoint?.port ?? 6443,
      }],
    },
  };
}

/**
 * The server's own Service. One of that name that somebody has made at another address gives way, for certificates name the first address. What stands in
 * its way is told and keeps no server from starting.
 */
async function ensureService(api: ApiServer, wanted: Service): Promise<void> {
  const { name = "", namespace = "" } = wanted.metadata;
  const row = api.store.get(objectKey(services, { namespace, name }));
  try {
    if (
      row !== undefined &&
      (JSON.parse(row.text) as Service).spec.clusterIP !== wanted.spec.clusterIP
    ) {
      await deleteObject(api, writeFor(services, namespace), {
        name,
        params: { dryRun: false },
      });
    }
    await ensure<Service>(api, services, wanted);
  } catch (error) {
    if (!isApiError(error)) throw error;
    api.host.log("error", "Could not make the service of the server itself", {
      address: wanted.spec.clusterIP,
      error: error.message,
    });
  }
}

async function ensureNamespace(api: ApiServer, name: string): Promise<void> {
  if (api.store.get(`namespaces/${name}`) !== undefined) return;
  const object: Namespace = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name },
  };
  await create(api, writeFor(namespaces, ""), object);
}

/** Creates an object that is not there; one that is may be as it likes. */
async function ensureThere<T extends KubeObject>(
  api: ApiServer,
  kind: Kind<T>,
  wanted: T,
): Promise<void> {
  const { name = "", namespace = "" } = wanted.metadata;
  const key = objectKey(kind, { namespace, name });
  if (api.store.get(key) !== undefined) return;
  await create(api, writeFor(kind, namespace), structuredClone(wanted));
}

/** The network that Services get their addresses of; what the server was started with is true, whatever an older start has written. */
async function ensureServiceCidr(api: ApiServer): Promise<void> {
  const { networks: { serviceCidr }, host } = api;
  const name = "kubernetes";
  await ensureThere<ServiceCIDR>(api, serviceCidrs, {
    apiVersion: "networking.k8s.io/v1",
    kind: "ServiceCIDR",
    metadata: { name },
    spec: { cidrs: [serviceCidr] },
  });
  await modifyObject(api, writeFor(serviceCidrs, ""), {
    name,
    part: "",
    direct: true,
    change(current, fresh) {
      const next = fresh();
      next.spec.cidrs = [serviceCidr];
      const ready = current.status?.conditions?.find((c) => c.type === "Ready");
      if (ready?.status === "True") return next;
      next.status = {
        conditions: [{
          type: "Ready",
          status: "True",
          lastTransitionTime: formatTime(host.clock.now()),
          reason: "",
          message: "Kubernetes default Service CIDR is ready",
        }],
      };
      return next;
    },
  });
}

/** Flow control's objects; one whose annotation says so is left as it is. */
async function ensureFlows(api: ApiServer): Promise<void> {
  const ensureOne = async <T extends KubeObject>(kind: Kind<T>, wanted: T) => {
    const name = wanted.metadata.name!;
    const row = api.store.get(objectKey(kind, { namespace: "", name }));
    if (row !== undefined) {
      const { annotations } = (JSON.parse(row.text) as KubeObject).metadata;
      if (annotations?.[AUTO_UPDATE] === "false") return;
    }
    await ensure(api, kind, wanted);
  };
  await Promise.all([
    ...PRIORITY_LEVELS.map((one) =>
      ensureOne(priorityLevelConfigurations, one)
    ),
    ...FLOW_SCHEMAS.map((one) => ensureOne(flowSchemas, one)),
  ]);
}

/** Creates an object, or brings labels and all but metadata of the one that is there to what is wanted. */
async function ensure<T extends KubeObject>(
  api: ApiServer,
  kind: Kind<T>,
  wanted: T,
): Promise<void> {
  const { name = "", namespace = "" } = wanted.metadata;
  const write = writeFor(kind, namespace);
  if (api.store.get(objectKey(kind, { namespace, name })) === undefined) {
    return await create(api, write, structuredClone(wanted));
  }
  await modifyObject(api, write, {
    name,
    part: "",
    change(_current, fresh) {
      const next = fresh();
      const { metadata, ...rest } = structuredClone(wanted);
      Object.assign(next, rest);
      next.metadata.labels = { ...next.metadata.labels, ...metadata.labels };
      kind.setDefaults(next);
      return next;
    },
  });
}

async function create<T extends KubeObject>(
  api: ApiServer,
  write: Write<T>,
  object: T,
): Promise<void> {
  write.kind.setDefaults(object);
  try {
    await createObject(api, write, object);
  } catch (error) {
    if (!isApiError(error, "AlreadyExists")) throw error;
  }
}

function writeFor<T extends KubeObject>(
  kind: Kind<T>,
  namespace: string,
): Write<T> {
  return {
    kind,
    namespace,
    user: componentUser("apiserver"),
    dryRun: false,
    warnings: [],
  };
}
