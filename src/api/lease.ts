import { ageColumn, column, nameColumn } from "./columns/common.ts";
import { defineKind } from "./define.ts";
import { forbiddenField, invalidValue } from "./field_error.ts";
import { notNegative, oneOfIfSet } from "./validation/values.ts";
import type { Kind } from "./kind.ts";
import type { KubeObject } from "./kind.ts";
import { objectMeta } from "./meta.ts";
import {
  type Field,
  int32,
  microTime,
  named,
  object,
  pointer,
  str,
  typeMeta,
} from "./schema/words.ts";

/** LeaseSpec. */
export interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
  strategy?: string;
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

/** Lease. */
export interface Lease extends KubeObject {
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
