import { ageColumn, column, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { type Condition, condition, objectMeta } from "../meta.ts";
import {
  type Field,
  list,
  object,
  optional,
  str,
  typeMeta,
} from "../schema/words.ts";
import {
  validateServiceCidr,
  validateServiceCidrUpdate,
} from "../validation/service_cidr.ts";
import { keepMetadata } from "../status_metadata.ts";
import { formatTime } from "../time.ts";

/** Networks that Services get addresses of. */
export interface ServiceCIDRSpec {
  /** One network, or one of each IP family; cannot change. */
  cidrs?: string[];
}

/** Schema of {@linkcode ServiceCIDRSpec}. */
export const serviceCIDRSpec: Field<ServiceCIDRSpec> = object<ServiceCIDRSpec>(
  "io.k8s.api.networking.v1.ServiceCIDRSpec",
  () => ({
    cidrs: optional(list(str, { type: "atomic" })),
  }),
);

/** Whether the networks are used. */
export interface ServiceCIDRStatus {
  /** Aspects of its state; `Ready` when addresses are taken of it. */
  conditions?: Condition[];
}

/** Schema of {@linkcode ServiceCIDRStatus}. */
export const serviceCIDRStatus: Field<ServiceCIDRStatus> = object<
  ServiceCIDRStatus
>(
  "io.k8s.api.networking.v1.ServiceCIDRStatus",
  () => ({
    conditions: optional(
      list(condition, {
        type: "map",
        keys: ["type"],
        strategy: "merge",
        mergeKey: "type",
      }),
    ),
  }),
);

/** Networks that Services get addresses of. */
export interface ServiceCIDR extends KubeObject {
  /** The networks. */
  spec: ServiceCIDRSpec;
  /** Whether they are used. */
  status?: ServiceCIDRStatus;
}

/** Schema of {@linkcode ServiceCIDR}. */
export const serviceCIDR: Field<ServiceCIDR> = object<ServiceCIDR>(
  "io.k8s.api.networking.v1.ServiceCIDR",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: serviceCIDRSpec,
    status: serviceCIDRStatus,
  }),
);

/** The network that the server was started with; it makes this object itself. */
const DEFAULT_NAME = "kubernetes";

/** Networks that Services get addresses of. */
export const serviceCidrs: Kind<ServiceCIDR> = defineKind({
  group: "networking.k8s.io",
  version: "v1",
  kind: "ServiceCIDR",
  plural: "servicecidrs",
  namespaced: false,
  subresources: ["status"],
  type: serviceCIDR,
  prepareForCreate(object, { now }) {
    if (object.metadata.name === DEFAULT_NAME) return;
    object.status = {
      conditions: [{
        type: "Ready",
        status: "False",
        lastTransitionTime: formatTime(now),
        reason: "NotUsed",
        message:
          "Addresses are taken only of the network that the server was started with",
      }],
    };
  },
  prepareForStatusUpdate: keepMetadata,
  validate: validateServiceCidr,
  validateUpdate: validateServiceCidrUpdate,
  columns: [
    nameColumn(),
    column("CIDRs", ({ spec }) => (spec.cidrs ?? []).join(","), {
      description: "The networks",
    }),
    ageColumn(),
  ],
});
