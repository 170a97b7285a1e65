/**
 * From a Pod to its sandbox.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import { podCgroup } from "../runtime/cgroups/pod_cgroup.ts";
import type { SandboxConfig } from "../runtime/runtime.ts";
import { GRACE_ANNOTATION } from "./orphans.ts";
import type { PodRecord } from "./pod_record.ts";

/** Longest host name that Linux takes. */
const HOST_NAME_LIMIT = 63;

/** Where a pod's logs lie: `<dataDir>/logs/<namespace>_<name>_<uid>`. */
export function logFolder(
  dataDir: string,
  pod: { namespace: string; name: string; uid: string },
): string {
  return `${dataDir}/logs/${pod.namespace}_${pod.name}_${pod.uid}`;
}

/** The pod's host name: its own wish or its name, cut to what Linux takes. */
export function podHostname({ metadata, spec }: Pod): string {
  return (spec.hostname ?? metadata.name!).slice(0, HOST_NAME_LIMIT)
    .replace(/[-.]+$/, "");
}

/** How the pod's next sandbox is made (or how its present one was). */
export function sandboxConfig(record: PodRecord, options: {
  readonly dataDir: string;
  readonly runtimeHandler?: string;
}): SandboxConfig {
  const { metadata, spec } = record.pod;
  const name = metadata.name!;
  const namespace = metadata.namespace!;
  const uid = record.uid;
  const newest = record.sandboxes[0];
  const attempt = record.sandbox?.attempt ??
    (newest ? newest.attempt + 1 : 0);
  const dns = spec.dnsPolicy === "None" || spec.dnsConfig
    ? spec.dnsConfig
    : undefined;
  return {
    name,
    namespace,
    uid,
    attempt,
    hostname: podHostname(record.pod),
    labels: {
      ...metadata.labels,
      "io.kubernetes.pod.name": name,
      "io.kubernetes.pod.namespace": namespace,
      "io.kubernetes.pod.uid": uid,
    },
    annotations: {
      ...metadata.annotations,
      [GRACE_ANNOTATION]: String(spec.terminationGracePeriodSeconds ?? 30),
    },
    logDirectory: logFolder(options.dataDir, { namespace, name, uid }),
    hostNetwork: spec.hostNetwork ?? false,
    cgroupParent: podCgroup(record.pod),
    ...(dns && {
      dns: {
        servers: dns.nameservers ?? [],
        searches: dns.searches ?? [],
        options: (dns.options ?? []).map(({ name = "", value }) =>
          value === undefined ? name : `${name}:${value}`
        ),
      },
    }),
    ...(options.runtimeHandler && { runtimeHandler: options.runtimeHandler }),
  };
}
