/**
 * What `run` and `dev` put into the cluster.
 *
 * @module
 */
import type { Deployment } from "../../api/apps/deployment.ts";
import type { EnvFromSource, EnvVar } from "../../api/core/env.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { PodSpec } from "../../api/core/pod_spec.ts";
import type { Service } from "../../api/core/service.ts";
import type { Volume } from "../../api/core/volume.ts";
import type { VolumeMount } from "../../api/core/container.ts";

/** A port of the service and the container's behind it. */
export interface WorkloadPort {
  readonly port: number;
  readonly containerPort: number;
  /** Of all nodes. */
  readonly nodePort?: number;
}

/** One container in so many replicas, and how it is reached. */
export interface Workload {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  /** `deno`, `wasmtime`; absent for containers. */
  readonly runtimeClass?: string;
  readonly replicas: number;
  readonly port?: WorkloadPort;
  readonly serviceType: "ClusterIP" | "NodePort" | "LoadBalancer";
  readonly env: readonly EnvVar[];
  readonly envFrom: readonly EnvFromSource[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly limits: Readonly<Record<string, string>>;
  readonly requests: Readonly<Record<string, string>>;
  readonly volumes: readonly { volume: Volume; mount: VolumeMount }[];
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly restart: "Always" | "OnFailure" | "Never";
  /** Replaced as fast as can be: for somebody who waits. */
  readonly quick: boolean;
}

/** By which the pods of a workload are known; kubectl's own. */
export const NAME_LABEL = "run";
/** By which a pod that runs once is known: no Deployment or Service of the same name takes it for its own. */
export const ONCE_LABEL = "run-once";
/** Who makes these objects. */
export const FIELD_MANAGER = "wherry-run";

/** Seconds that pods of a quick workload have to end. */
const QUICK_GRACE_SECONDS = 1;
/** How long a container may take until it listens, in tries of a second. */
const STARTUP_TRIES = 120;

/** Replicas know themselves by it. */
const POD_NAME: EnvVar = {
  name: "POD_NAME",
  valueFrom: { fieldRef: { fieldPath: "metadata.name" } },
};

function isPodName({ name }: EnvVar): boolean {
  return name === POD_NAME.name;
}

/** `run=hello`. */
export function selectorOf({ name }: Pick<Workload, "name">): string {
  return `${NAME_LABEL}=${name}`;
}

/** The Deployment. */
export function deploymentOf(workload: Workload): Deployment {
  const { name, namespace, replicas, quick } = workload;
  const labels = labelsOf(workload);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      // What has no port to be asked counts as good when it has not ended at once.
      ...workload.port === undefined && !quick && { minReadySeconds: 1 },
      selector: { matchLabels: { [NAME_LABEL]: name } },
      ...quick && {
        // The new ones at once, all of them; the old ones go when these are there.
        strategy: {
          type: "RollingUpdate",
          rollingUpdate: { maxSurge: "100%", maxUnavailable: 0 },
        },
        revisionHistoryLimit: 1,
      },
      template: {
        metadata: templateMetadata(workload),
        spec: podSpec(workload),
      },
    },
  } as Deployment;
}

/** The Pod of a workload that is no service: it runs once. */
export function podOf(workload: Workload): Pod {
  const { name, namespace } = workload;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, ...templateMetadata(workload) },
    spec: podSpec(workload),
  } as Pod;
}

/** The Service; undefined for a workload without a port. */
export function serviceOf(workload: Workload): Service | undefined {
  const { name, namespace, port, serviceType } = workload;
  if (port === undefined) return undefined;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, labels: labelsOf(workload) },
    spec: {
      type: serviceType,
      selector: { [NAME_LABEL]: name },
      ports: [{
        name: "http",
        protocol: "TCP",
        port: port.port,
        targetPort: port.containerPort,
        ...port.nodePort !== undefined && { nodePort: port.nodePort },
      }],
    },
  } as Service;
}

function labelsOf(
  { name, labels, restart }: Workload,
): Record<string, string> {
  const own = restart === "Always" ? NAME_LABEL : ONCE_LABEL;
  return { ...labels, [own]: name };
}

function templateMetadata(workload: Workload) {
  const { annotations } = workload;
  return {
    labels: labelsOf(workload),
    ...Object.keys(annotations).length > 0 && { annotations },
  };
}

function podSpec(workload: Workload): Partial<PodSpec> {
  const { port, runtimeClass, volumes, nodeSelector, quick, restart } =
    workload;
  const some = <T extends object>(value: T) =>
    Object.keys(value).length > 0 ? value : undefined;
  const resources = withoutNothing({
    limits: some(workload.limits),
    requests: some(workload.requests),
  });
  const container = withoutNothing({
    name: workload.name,
    image: workload.image,
    command: some(workload.command),
    args: some(workload.args),
    env: [...workload.env, ...workload.env.some(isPodName) ? [] : [POD_NAME]],
    envFrom: some(workload.envFrom),
    ports: port &&
      [{ name: "http", containerPort: port.containerPort, protocol: "TCP" }],
    resources: some(resources),
    volumeMounts: some(volumes.map(({ mount }) => mount)),
    // It counts as ready when it listens. Asked until then only: nothing is asked at rest.
    startupProbe: port && !quick && restart === "Always"
      ? {
        tcpSocket: { port: port.containerPort },
        periodSeconds: 1,
        failureThreshold: STARTUP_TRIES,
      }
      : undefined,
  });
  return withoutNothing({
    runtimeClassName: runtimeClass,
    restartPolicy: restart === "Always" ? undefined : restart,
    nodeSelector: some(nodeSelector),
    terminationGracePeriodSeconds: quick ? QUICK_GRACE_SECONDS : undefined,
    containers: [container],
    volumes: some(volumes.map(({ volume }) => volume)),
  }) as Partial<PodSpec>;
}

/** Without the fields that have no value: they would show in what is printed. */
function withoutNothing<T extends object>(object: T): T {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  ) as T;
}
