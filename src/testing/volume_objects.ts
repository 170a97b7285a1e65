/**
 * Claims, volumes and classes for tests of the controllers of volumes.
 *
 * @module
 */
import type { Bench } from "./controller_bench.ts";
import type { FakeApi } from "./fake_api.ts";
import { wireVolumes } from "../controllers/volumes/wiring.ts";

/** Where claims of the namespace `default` are. */
export const CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims";
/** Where volumes are. */
export const VOLUMES = "/api/v1/persistentvolumes";
/** Where classes are. */
export const CLASSES = "/apis/storage.k8s.io/v1/storageclasses";
/** Where pods of the namespace `default` are. */
export const PODS = "/api/v1/namespaces/default/pods";

/** Adds all controllers of volumes; for `withBench`. */
export function wire({ host, client, manager, recorder }: Bench): void {
  wireVolumes({ host, client, manager, recorder: () => recorder });
}

/** Puts a claim there. */
export function putClaim(
  api: FakeApi,
  name: string,
  { size = "1Gi", metadata = {}, spec = {} }: {
    readonly size?: string;
    readonly metadata?: object;
    readonly spec?: object;
  } = {},
): void {
  api.put(CLAIMS, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, ...metadata },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: size } },
      storageClassName: "",
      ...spec,
    },
    status: { phase: "Pending" },
  });
}

/** Puts a volume there. */
export function putVolume(
  api: FakeApi,
  name: string,
  { size = "1Gi", metadata = {}, spec = {} }: {
    readonly size?: string;
    readonly metadata?: object;
    readonly spec?: object;
  } = {},
): void {
  api.put(VOLUMES, {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name, ...metadata },
    spec: {
      capacity: { storage: size },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      hostPath: { path: `/srv/${name}` },
      ...spec,
    },
    status: { phase: "Pending" },
  });
}

/** Puts a class there. */
export function putClass(
  api: FakeApi,
  name: string,
  { delayed = false, isDefault = false, ...fields }: {
    readonly delayed?: boolean;
    readonly isDefault?: boolean;
    readonly [field: string]: unknown;
  } = {},
): void {
  api.put(CLASSES, {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: {
      name,
      ...isDefault && {
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
    },
    provisioner: "example.com/disks",
    reclaimPolicy: "Delete",
    volumeBindingMode: delayed ? "WaitForFirstConsumer" : "Immediate",
    ...fields,
  });
}

/** Puts a pod there that uses a claim. */
export function putPod(
  api: FakeApi,
  name: string,
  claimName: string,
  nodeName?: string,
): void {
  api.put(PODS, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      containers: [],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
      ...nodeName !== undefined && { nodeName },
    },
    status: { phase: "Pending" },
  });
}

/** `phase volume` of a claim. */
export function claimState(api: FakeApi, name: string): string {
  const { spec, status } = api.object(`${CLAIMS}/${name}`);
  return `${status.phase} ${spec.volumeName ?? "-"}`;
}

/** `phase claim` of a volume. */
export function volumeState(api: FakeApi, name: string): string {
  const volume = api.object(`${VOLUMES}/${name}`);
  return volume === undefined
    ? "gone"
    : `${volume.status.phase} ${volume.spec.claimRef?.name ?? "-"}`;
}
