/**
 * The words of the API: every kind's types and its descriptor, errors, selectors, quantities.
 *
 * - one file per kind (`pod.ts`, `service.ts` …): types, zod type, and the {@linkcode Kind} that generic code works on
 * - `registry.ts`: all kinds · `define.ts`: how most kinds behave · `schema/`: words, decoder, OpenAPI
 * - `status.ts`: errors · `selector.ts` · `quantity.ts` · `time.ts` · `duration.ts` · `patch/` · `yaml_json.ts`
 *
 * @module
 */
export * from "./affinity.ts";
export * from "./binding.ts";
export * from "./config_map.ts";
export * from "./container.ts";
export * from "./container_status.ts";
export * from "./delete_options.ts";
export * from "./deployment.ts";
export * from "./endpoint_slice.ts";
export * from "./endpoints.ts";
export * from "./env.ts";
export * from "./event.ts";
export * from "./event_v1.ts";
export * from "./event_views.ts";
export * from "./kind.ts";
export * from "./lease.ts";
export * from "./meta.ts";
export * from "./namespace.ts";
export * from "./node.ts";
export * from "./node_status.ts";
export * from "./pod.ts";
export * from "./pod_spec.ts";
export * from "./pod_status.ts";
export * from "./pod_summary.ts";
export * from "./pod_template.ts";
export * from "./probe.ts";
export * from "./reference.ts";
export * from "./registry.ts";
export * from "./replica_set.ts";
export * from "./replication_controller.ts";
export * from "./resource_requirements.ts";
export * from "./scale.ts";
export * from "./secret.ts";
export * from "./security_context.ts";
export * from "./service.ts";
export * from "./service_account.ts";
export * from "./status.ts";
export * from "./status_object.ts";
export * from "./toleration.ts";
export * from "./volume.ts";
export * from "./volume_claim_spec.ts";
export * from "./volume_legacy.ts";
export * from "./volume_projection.ts";
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
