import {
  type Field,
  list,
  named,
  object,
  optional,
  type ResourceList,
  resourceList,
  str,
} from "./schema/words.ts";

/** ResourceClaim. */
export interface ResourceClaim {
  name: string;
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

/** ResourceRequirements. */
export interface ResourceRequirements {
  limits?: ResourceList;
  requests?: ResourceList;
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

/** VolumeResourceRequirements. */
export interface VolumeResourceRequirements {
  limits?: ResourceList;
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

/** ContainerResizePolicy. */
export interface ContainerResizePolicy {
  resourceName: string;
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
