/**
 * What a static pod must not name, for it has to run without any API.
 *
 * @module
 */
import type { Container } from "../../../src/api/core/container.ts";
import type { Pod } from "../../../src/api/core/pod.ts";
import type { Volume } from "../../../src/api/core/volume.ts";

/** Kinds of volumes that need an object of the API, with the words for it. */
const VOLUMES: Readonly<Record<string, string>> = {
  csi: "csidrivers (via CSI volumes)",
  glusterfs: "endpoints (via glusterFS volumes)",
  persistentVolumeClaim: "persistentvolumeclaims",
  ephemeral: "persistentvolumeclaims (via ephemeral volumes)",
  azureFile: "secrets (via azureFile volumes)",
};

/** Sources of projected volumes that need an object of the API, with the words for it. */
const PROJECTIONS: Readonly<Record<string, string>> = {
  serviceAccountToken: "serviceaccounts (via projected volumes)",
  clusterTrustBundle: "clustertrustbundles",
  podCertificate: "podcertificates",
};

/** Kinds of volumes whose driver logs in by a Secret. */
const WITH_SECRET = [
  "cephfs",
  "cinder",
  "flexVolume",
  "iscsi",
  "rbd",
  "scaleIO",
  "storageos",
] as const;

/** What a pod names of the API's objects, in kubelet's words; undefined when it needs none. */
export function apiReference({ spec }: Pod): string | undefined {
  if (spec.serviceAccountName) return "serviceaccounts";
  const containers: readonly Container[] = [
    ...spec.initContainers ?? [],
    ...spec.containers,
    ...spec.ephemeralContainers ?? [],
  ];
  const volumes = spec.volumes ?? [];
  if (
    (spec.imagePullSecrets?.length ?? 0) > 0 ||
    containers.some((container) => environmentNames(container, "secret")) ||
    volumes.some((volume) => volumeNamesSecret(volume))
  ) return "secrets";
  if (
    containers.some((container) => environmentNames(container, "configMap")) ||
    volumes.some((volume) =>
      volume.configMap ?? member(volume.projected?.sources, "configMap")
    )
  ) return "configmaps";
  if (((spec as { resourceClaims?: unknown[] }).resourceClaims ?? []).length) {
    return "resourceclaims";
  }
  for (const volume of volumes) {
    const found = firstOf(volume, VOLUMES) ??
      volume.projected?.sources?.map((source) => firstOf(source, PROJECTIONS))
        .find((words) => words !== undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

function environmentNames(
  { env, envFrom }: Container,
  what: "secret" | "configMap",
): boolean {
  return (env ?? []).some(({ valueFrom }) => valueFrom?.[`${what}KeyRef`]) ||
    (envFrom ?? []).some((from) => from[`${what}Ref`]);
}

function volumeNamesSecret(volume: Volume): boolean {
  if (volume.secret ?? member(volume.projected?.sources, "secret")) return true;
  const fields = volume as unknown as Record<string, {
    readonly secretRef?: unknown;
    readonly nodePublishSecretRef?: unknown;
  }>;
  return WITH_SECRET.some((kind) => fields[kind]?.secretRef !== undefined) ||
    fields.azureFile !== undefined ||
    fields.csi?.nodePublishSecretRef !== undefined;
}

function member(
  sources: readonly object[] | undefined,
  name: string,
): object | undefined {
  return sources?.find((source) => name in source);
}

function firstOf(
  object: object,
  words: Readonly<Record<string, string>>,
): string | undefined {
  const kind = Object.keys(words).find((name) =>
    (object as Record<string, unknown>)[name] !== undefined
  );
  return kind === undefined ? undefined : words[kind];
}
