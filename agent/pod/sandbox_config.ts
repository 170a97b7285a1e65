/**
 * From a Pod to its sandbox.
 *
 * @module
 */
import { podCgroup } from "../runtime/cgroups/pod_cgroup.ts";
import { RuntimeError, type SandboxConfig } from "../runtime/runtime.ts";
import { withoutMark } from "../runtime/mixed/sandbox_mark.ts";
import type { DnsConfig } from "./dns/resolv_conf.ts";
import { kernelHostName, podHostName } from "./host_name.ts";
import { GRACE_ANNOTATION } from "./orphans.ts";
import { sandboxSecurity } from "./sandbox_security.ts";
import type { PodRecord } from "./pod_record.ts";

/** Where a pod's logs lie: `<dataDir>/logs/<namespace>_<name>_<uid>`. */
export function logFolder(
  dataDir: string,
  pod: { namespace: string; name: string; uid: string },
): string {
  return `${dataDir}/logs/${pod.namespace}_${pod.name}_${pod.uid}`;
}

/**
 * How the pod's next sandbox is made (or how its present one was).
 *
 * @throws {RuntimeError} in kubelet's words, when a wish of the pod cannot be met
 */
export function sandboxConfig(record: PodRecord, options: {
  readonly dataDir: string;
  /** Absent where the node's own is seen anyway. */
  readonly dns?: DnsConfig;
  readonly clusterDomain: string;
  readonly runtimeHandler?: string;
  /** Engines of the containers, where there are several. */
  readonly engines?: SandboxConfig["engines"];
}): SandboxConfig {
  const { metadata, spec } = record.pod;
  const name = metadata.name!;
  const namespace = metadata.namespace!;
  const uid = record.uid;
  const newest = record.sandboxes[0];
  const attempt = record.sandbox?.attempt ??
    (newest ? newest.attempt + 1 : 0);
  if (spec.hostUsers === false) {
    throw new RuntimeError(
      "CreatePodSandboxError",
      "can't set `spec.hostUsers: false`, runtime does not support user namespaces",
    );
  }
  const { hostNetwork = false, hostPID, hostIPC, shareProcessNamespace } = spec;
  return {
    name,
    namespace,
    uid,
    attempt,
    hostname: kernelHostName(
      record.pod,
      podHostName(record.pod, options.clusterDomain),
    ),
    labels: {
      ...metadata.labels,
      "io.kubernetes.pod.name": name,
      "io.kubernetes.pod.namespace": namespace,
      "io.kubernetes.pod.uid": uid,
    },
    annotations: {
      ...withoutMark(metadata.annotations),
      [GRACE_ANNOTATION]: String(spec.terminationGracePeriodSeconds ?? 30),
    },
    logDirectory: logFolder(options.dataDir, { namespace, name, uid }),
    hostNetwork,
    ...(hostPID && { hostPid: true }),
    ...(hostIPC && { hostIpc: true }),
    ...(shareProcessNamespace && { sharedPid: true }),
    cgroupParent: podCgroup(record.pod),
    ...sandboxSecurity(record.pod),
    ...(options.dns && { dns: options.dns }),
    ...(options.runtimeHandler && { runtimeHandler: options.runtimeHandler }),
    ...(options.engines && { engines: options.engines }),
  };
}
