/**
 * The words of the API: every kind's types and its descriptor, errors, selectors, quantities.
 *
 * - one file per kind (`pod.ts`, `service.ts` …): types, zod type, and the {@linkcode Kind} that generic code works on
 * - `registry.ts`: all kinds · `define.ts`: how most kinds behave · `schema/`: words, decoder, OpenAPI
 * - `status.ts`: errors · `selector.ts` · `quantity.ts` · `time.ts` · `duration.ts` · `patch/` · `yaml_json.ts`
 *
 * @module
 */
export * from "./core/affinity.ts";
export * from "./core/binding.ts";
export * from "./core/config_map.ts";
export * from "./core/container.ts";
export * from "./core/container_status.ts";
export * from "./delete_options.ts";
export * from "./apps/deployment.ts";
export * from "./discovery/endpoint_slice.ts";
export * from "./core/endpoints.ts";
export * from "./core/env.ts";
export * from "./core/event.ts";
export * from "./events/event.ts";
export * from "./core/event_views.ts";
export * from "./kind.ts";
export * from "./coordination/lease.ts";
export * from "./meta.ts";
export * from "./core/namespace.ts";
export * from "./core/node.ts";
export * from "./core/node_status.ts";
export * from "./core/pod.ts";
export * from "./core/pod_spec.ts";
export * from "./core/pod_status.ts";
export * from "./core/pod_summary.ts";
export * from "./core/pod_template.ts";
export * from "./core/probe.ts";
export * from "./core/reference.ts";
export * from "./registry.ts";
export * from "./apps/replica_set.ts";
export * from "./core/replication_controller.ts";
export * from "./core/resource_requirements.ts";
export * from "./autoscaling/scale.ts";
export * from "./core/secret.ts";
export * from "./core/security_context.ts";
export * from "./core/service.ts";
export * from "./core/service_account.ts";
export * from "./status.ts";
export * from "./status_object.ts";
export * from "./core/toleration.ts";
export * from "./core/volume.ts";
export * from "./core/volume_claim_spec.ts";
export * from "./core/volume_legacy.ts";
export * from "./core/volume_projection.ts";
export type {
  Facts,
  Field,
  Fields,
  Format,
  IntOrString,
  ListType,
  OptionalField,
  PatchFacts,
  Quantity,
  ResourceList,
} from "./schema/words.ts";
