import {
  type Field,
  list,
  named,
  object,
  optional,
  type ResourceList,
  resourceList,
  str,
} from "../schema/words.ts";

/** Uses a claim of the Pod. */
export interface ResourceClaim {
  /** Its name in `spec.resourceClaims`. */
  name: string;
  /** One request of the claim; absent is all of it. */
  request?: string;
}

/** Schema of {@linkcode ResourceClaim}. */
export const resourceClaim: Field<ResourceClaim> = object<ResourceClaim>(
  "io.k8s.api.core.v1.ResourceClaim",
  () => ({
    name: str,
    request: optional(str),
  }),
);

/** What is reserved, and what may be used at most. */
export interface ResourceRequirements {
  /** The most that may be used. */
  limits?: ResourceList;
  /** What is reserved. Default: the limits. */
  requests?: ResourceList;
  /** Claims of the Pod that this container uses. */
  claims?: ResourceClaim[];
}

/** Schema of {@linkcode ResourceRequirements}. */
export const resourceRequirements: Field<ResourceRequirements> = object<
  ResourceRequirements
>(
  "io.k8s.api.core.v1.ResourceRequirements",
  () => ({
    limits: optional(resourceList),
    requests: optional(resourceList),
    claims: optional(list(resourceClaim, { type: "map", keys: ["name"] })),
  }),
);

/** How large a volume must be. */
export interface VolumeResourceRequirements {
  /** The most that it may have. */
  limits?: ResourceList;
  /** The least that it must have. */
  requests?: ResourceList;
}

/** Schema of {@linkcode VolumeResourceRequirements}. */
export const volumeResourceRequirements: Field<VolumeResourceRequirements> =
  object<VolumeResourceRequirements>(
    "io.k8s.api.core.v1.VolumeResourceRequirements",
    () => ({
      limits: optional(resourceList),
      requests: optional(resourceList),
    }),
  );

/** What a change of a resource means to a running container. */
export interface ContainerResizePolicy {
  /** `cpu` or `memory`. */
  resourceName: string;
  /** `NotRequired` or `RestartContainer`. */
  restartPolicy: string;
}

/** Schema of {@linkcode ContainerResizePolicy}. */
export const containerResizePolicy: Field<ContainerResizePolicy> = object<
  ContainerResizePolicy
>(
  "io.k8s.api.core.v1.ContainerResizePolicy",
  () => ({
    resourceName: named("v1.ResourceName"),
    restartPolicy: named("v1.ResourceResizeRestartPolicy"),
  }),
);
