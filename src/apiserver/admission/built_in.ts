/**
 * The parts that every server has, in Kubernetes' order.
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import type { Store } from "../../store/store.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { defaultTolerationSeconds } from "./default_toleration_seconds.ts";
import { namespaceLifecycle } from "./namespace_lifecycle.ts";
import { nodeRestriction } from "./node_restriction.ts";
import { priority } from "./priority.ts";
import { serviceAccount } from "./service_account.ts";

/** All built-in parts. */
export function builtInAdmission(
  _host: Host,
  _store: Store,
): AdmissionPlugin[] {
  return [
    namespaceLifecycle,
    serviceAccount,
    nodeRestriction,
    priority,
    defaultTolerationSeconds,
  ];
}
