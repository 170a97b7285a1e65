/**
 * What the agent was started with, in the words of kubelet's configuration: `/configz`.
 *
 * @module
 * @see {@link https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/}
 */
import { DEFAULT_MAX_PODS } from "./node/capacity.ts";
import type { Threshold, ThresholdValue } from "./node/eviction/threshold.ts";
import { thresholdsOf } from "./node/node_options.ts";
import type { AgentOptions } from "./options.ts";
import { DEFAULT_NODE_DNS } from "./pod/dns/pod_dns.ts";

/** Settings that kubelet has too, and that this agent keeps to. */
export function kubeletConfiguration(
  options: AgentOptions,
): Record<string, unknown> {
  const { node = {}, manifests } = options;
  const { clusterDns, clusterDomain, resolvConf } = options.dns ??
    DEFAULT_NODE_DNS;
  const { imageGarbage = {}, eviction = {} } = node;
  const thresholds = thresholdsOf(node)
    .filter(({ signal }) => signal !== "allocatableMemory.available");
  const ofKind = (isHard: boolean) =>
    thresholds.filter(({ graceMs }) => (graceMs === 0) === isHard);
  const soft = ofKind(false);
  return {
    cgroupDriver: "cgroupfs",
    maxPods: options.maxPods ?? DEFAULT_MAX_PODS,
    registerNode: node.register ?? true,
    ...node.taints && { registerWithTaints: node.taints },
    ...node.systemReserved && { systemReserved: node.systemReserved },
    ...node.kubeReserved && { kubeReserved: node.kubeReserved },
    nodeStatusMaxImages: node.maxImages ?? 50,
    ...manifests?.path !== undefined && { staticPodPath: manifests.path },
    ...manifests?.url !== undefined && { staticPodURL: manifests.url },
    clusterDNS: clusterDns,
    clusterDomain,
    resolvConf,
    evictionHard: values(ofKind(true)),
    ...soft.length > 0 && {
      evictionSoft: values(soft),
      evictionSoftGracePeriod: Object.fromEntries(
        soft.map(({ signal, graceMs }) => [signal, duration(graceMs)]),
      ),
    },
    evictionPressureTransitionPeriod: duration(
      eviction.transitionPeriodMs ?? 300_000,
    ),
    evictionMaxPodGracePeriod: eviction.maxPodGraceSeconds ?? 0,
    imageGCHighThresholdPercent: imageGarbage.highThresholdPercent ?? 85,
    imageGCLowThresholdPercent: imageGarbage.lowThresholdPercent ?? 80,
    imageMinimumGCAge: duration(imageGarbage.minimumAgeMs ?? 120_000),
    imageMaximumGCAge: duration(imageGarbage.maximumAgeMs ?? 0),
    ...options.allowedUnsafeSysctls && {
      allowedUnsafeSysctls: options.allowedUnsafeSysctls,
    },
    ...node.shutdown && {
      shutdownGracePeriodByPodPriority: node.shutdown.map((period) => ({
        priority: period.priority,
        shutdownGracePeriodSeconds: period.graceSeconds,
      })),
    },
  };
}

function values(thresholds: readonly Threshold[]): Record<string, string> {
  return Object.fromEntries(
    thresholds.map(({ signal, value }) => [signal, valueText(value)]),
  );
}

function valueText(value: ThresholdValue): string {
  return "quantity" in value
    ? value.quantity
    : `${Number((value.share * 100).toFixed(3))}%`;
}

/** As Go prints one: `5m0s`, `1h0m0s`. */
function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [h, m, s] = [
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  if (h > 0) return `${h}h${m}m${s}s`;
  return m > 0 ? `${m}m${s}s` : `${s}s`;
}
