/**
 * Rules about the claims of a pod.
 *
 * @module
 */
import { claimKeysOf } from "../../api/volumes/claim_words.ts";
import type { PersistentVolume } from "../../api/core/persistent_volume.ts";
import { findVolumes } from "../volumes/find_volumes.ts";
import { podClaims, usesClaims } from "../volumes/pod_claims.ts";
import type { Filter } from "./filter.ts";

/** A claim that says `ReadWriteOncePod` is for one pod at a time, wherever that is. */
export const volumeRestrictions: Filter = {
  name: "VolumeRestrictions",
  prepare({ pod }, snapshot) {
    const view = snapshot.volumes;
    if (view === undefined || !usesClaims(pod)) return undefined;
    const inUse = claimKeysOf(pod).some((key) =>
      snapshot.isClaimUsed(key) &&
      view.claims.get(key)?.spec.accessModes?.includes("ReadWriteOncePod")
    );
    if (!inUse) return undefined;
    return () => ({
      reasons: [
        "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod",
      ],
      dependsOnPods: true,
    });
  },
};

/** The pod's claims have volumes that the node can reach, or can get some there. */
export const volumeBinding: Filter = {
  name: "VolumeBinding",
  refuse({ pod }, { volumes: view }) {
    if (view === undefined || !usesClaims(pod)) return undefined;
    const claims = podClaims(pod, view);
    return "problem" in claims ? claims.problem : undefined;
  },
  prepare({ pod }, { volumes: view }) {
    if (view === undefined || !usesClaims(pod)) return undefined;
    const claims = podClaims(pod, view);
    if ("problem" in claims) return undefined; // refused above
    return (node) => {
      const found = findVolumes(claims, node, view);
      return "reasons" in found
        ? { reasons: found.reasons, unresolvable: true }
        : undefined;
    };
  },
};

const ZONES = [
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
];

/** Volumes that are labelled with zones are used from these. */
export const volumeZone: Filter = {
  name: "VolumeZone",
  prepare({ pod }, { volumes: view }) {
    if (view === undefined || !usesClaims(pod)) return undefined;
    const wanted = claimKeysOf(pod).flatMap((key) => {
      const name = view.claims.get(key)?.spec.volumeName;
      const volume = name ? view.volumes.get(name) : undefined;
      return volume === undefined ? [] : zonesOf(volume);
    });
    if (wanted.length === 0) return undefined;
    return ({ labels }) => {
      // A node without any zone is in a cluster without zones.
      if (!ZONES.some((key) => labels[key] !== undefined)) return undefined;
      return wanted.every(({ key, values }) => {
          const value = labels[key] ?? labels[currentName(key)];
          return value !== undefined && values.includes(value);
        })
        ? undefined
        : {
          reasons: ["node(s) had no available volume zone"],
          unresolvable: true,
        };
    };
  },
};

/** Labels of a volume may name several zones, joined by `__`. */
function zonesOf(
  { metadata }: PersistentVolume,
): { readonly key: string; readonly values: readonly string[] }[] {
  return ZONES.flatMap((key) => {
    const value = metadata.labels?.[key];
    return value === undefined ? [] : [{ key, values: value.split("__") }];
  });
}

function currentName(key: string): string {
  return key.replace("failure-domain.beta.", "topology.");
}
