import { ageColumn, column, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import { forbiddenField, invalidValue } from "../field_error.ts";
import { notNegative, oneOfIfSet } from "../validation/values.ts";
import type { Kind } from "../kind.ts";
import type { KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  int32,
  microTime,
  named,
  object,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";

/** Who holds a lease, and for how long. */
export interface LeaseSpec {
  /** Who holds it. */
  holderIdentity?: string;
  /** Seconds after the last renewal when others may take it. */
  leaseDurationSeconds?: number;
  /** When the holder took it. */
  acquireTime?: string;
  /** When the holder last renewed it. */
  renewTime?: string;
  /** How often it changed hands. */
  leaseTransitions?: number;
  /** How the next holder is chosen, when that is coordinated. */
  strategy?: string;
  /** Who should hold it. */
  preferredHolder?: string;
}

/** Schema of {@linkcode LeaseSpec}. */
export const leaseSpec: Field<LeaseSpec> = object<LeaseSpec>(
  "io.k8s.api.coordination.v1.LeaseSpec",
  () => ({
    holderIdentity: pointer(str),
    leaseDurationSeconds: pointer(int32),
    acquireTime: pointer(microTime),
    renewTime: pointer(microTime),
    leaseTransitions: pointer(int32),
    strategy: pointer(named("v1.CoordinatedLeaseStrategy")),
    preferredHolder: pointer(str),
  }),
);

/** A lock with a holder and a term. */
export interface Lease extends KubeObject {
  /** Who holds it. */
  spec: LeaseSpec;
}

/** Schema of {@linkcode Lease}. */
export const lease: Field<Lease> = object<Lease>(
  "io.k8s.api.coordination.v1.Lease",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: leaseSpec,
  }),
);

/** Locks with a holder and a term: leader election, signs of life. */
export const leases: Kind<Lease> = defineKind({
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  namespaced: true,
  needsRevision: true,
  type: lease,
  validate({ spec }) {
    const { leaseDurationSeconds, leaseTransitions, strategy } = spec;
    return [
      ...((leaseDurationSeconds ?? 1) <= 0
        ? [
          invalidValue(
            "spec.leaseDurationSeconds",
            leaseDurationSeconds,
            "must be greater than 0",
          ),
        ]
        : []),
      ...notNegative("spec.leaseTransitions", leaseTransitions),
      ...oneOfIfSet("spec.strategy", strategy, ["OldestEmulationVersion"]),
      ...((spec.preferredHolder ?? "") !== "" && (strategy ?? "") === ""
        ? [
          forbiddenField(
            "spec.preferredHolder",
            "may only be specified if `strategy` is defined",
          ),
        ]
        : []),
    ];
  },
  columns: [
    nameColumn(),
    column("Holder", ({ spec }) => spec.holderIdentity ?? "", {
      description: "Who holds the lease",
    }),
    ageColumn(),
  ],
});
