/**
 * The kinds of a server in loopback mode, where the pods of an ordinary user have addresses of 127.0.0.0/8.
 *
 * @module
 */
import { endpointSlices } from "../api/endpoint_slice.ts";
import { endpoints } from "../api/endpoints.ts";
import type { Kind, KubeObject } from "../api/kind.ts";
import { Registry } from "../api/registry.ts";
import { isLoopbackFinding } from "../api/validation/endpoint_ip.ts";

/** All built-in kinds, with endpoints that may be loopback addresses. Kubernetes forbids them, for they mean something else on every node: this mode has one. */
export function loopbackRegistry(): Registry {
  const registry = new Registry();
  registry.add(withLoopback(endpoints));
  registry.add(withLoopback(endpointSlices));
  return registry;
}

function withLoopback<T extends KubeObject>(kind: Kind<T>): Kind<T> {
  return {
    ...kind,
    validate: (object) =>
      kind.validate(object).filter((finding) => !isLoopbackFinding(finding)),
  };
}
