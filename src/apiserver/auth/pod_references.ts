/**
 * What pods refer to.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import type { Volume } from "../../api/core/volume.ts";

/** Marks a pod that a node has made from a file of its own, to be seen in the API. */
export const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

/** Names of the Secrets or ConfigMaps (`secrets`, `configmaps`) that a pod refers to. */
export function references(pod: Pod, plural: string): Set<string> {
  const names = new Set<string | undefined>();
  const secrets = plural === "secrets";
  const { spec } = pod;
  if (secrets) {
    for (const { name } of spec.imagePullSecrets ?? []) names.add(name);
  }
  for (const volume of spec.volumes ?? []) addVolume(names, volume, secrets);
  const containers = [
    ...spec.initContainers ?? [],
    ...spec.containers,
    ...spec.ephemeralContainers ?? [],
  ];
  for (const { env, envFrom } of containers) {
    for (const { valueFrom } of env ?? []) {
      const from = secrets
        ? valueFrom?.secretKeyRef
        : valueFrom?.configMapKeyRef;
      names.add(from?.name);
    }
    for (const { secretRef, configMapRef } of envFrom ?? []) {
      names.add((secrets ? secretRef : configMapRef)?.name);
    }
  }
  names.delete(undefined);
  return names as Set<string>;
}

function addVolume(
  names: Set<string | undefined>,
  volume: Volume,
  secrets: boolean,
): void {
  names.add(secrets ? volume.secret?.secretName : volume.configMap?.name);
  for (const source of volume.projected?.sources ?? []) {
    names.add((secrets ? source.secret : source.configMap)?.name);
  }
}

/** Names of the claims for volumes that a pod refers to, or that are made for it. */
export function claimNames(pod: Pod): Set<string> {
  const names = new Set<string>();
  for (const volume of pod.spec.volumes ?? []) {
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim) names.add(claim);
    if (volume.ephemeral) names.add(`${pod.metadata.name}-${volume.name}`);
  }
  return names;
}

/** Names of the claims for devices that a pod refers to, or that are made for it. */
export function resourceClaimNames({ spec, status }: Pod): Set<string> {
  const made = (status as {
    resourceClaimStatuses?: { resourceClaimName?: string }[];
  } | undefined)?.resourceClaimStatuses ?? [];
  const named = (spec as {
    resourceClaims?: { resourceClaimName?: string }[];
  }).resourceClaims ?? [];
  const names = [...made, ...named].map((claim) => claim.resourceClaimName);
  return new Set(names.filter((name) => name !== undefined));
}
