/**
 * Level `baseline`: no way to the node's own rights that is known.
 *
 * Follows https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
 *
 * @module
 */
import type { LifecycleHandler, Probe } from "../../../api/core/probe.ts";
import {
  type AnyContainer,
  type Check,
  type CheckFn,
  containersOf,
  containersText,
  namesOf,
  plural,
  quoted,
  settersText,
  sorted,
  unlessUserNamespace,
} from "./check.ts";
import { appArmorProfile, seLinuxOptions } from "./profile_checks.ts";
import { seccompAnnotations, seccompBaseline } from "./seccomp_checks.ts";

const CAPABILITIES: ReadonlySet<string> = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);

const capabilities: CheckFn = ({ spec }) => {
  const bad = (container: AnyContainer) =>
    (container.securityContext?.capabilities?.add ?? []).filter((name) =>
      !CAPABILITIES.has(name)
    );
  const names = namesOf(spec, (container) => bad(container).length > 0);
  if (names.length === 0) return undefined;
  const added = sorted(containersOf(spec).flatMap(bad));
  return {
    reason: "non-default capabilities",
    detail: `${containersText(names)} must not include ${
      quoted(added)
    } in securityContext.capabilities.add`,
  };
};

const hostNamespaces: CheckFn = ({ spec }) => {
  const fields = (["hostNetwork", "hostPID", "hostIPC"] as const).filter(
    (field) => spec[field] === true,
  );
  if (fields.length === 0) return undefined;
  return {
    reason: "host namespaces",
    detail: fields.map((field) => `${field}=true`).join(", "),
  };
};

const hostPathVolumes: CheckFn = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(({ hostPath }) =>
    hostPath !== undefined
  ).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return {
    reason: "hostPath volumes",
    detail: `${plural(names.length, "volume")} ${quoted(names)}`,
  };
};

const hostPorts: CheckFn = ({ spec }) => {
  const portsOf = (container: AnyContainer) =>
    (container.ports ?? []).flatMap(({ hostPort }) =>
      hostPort ? [String(hostPort)] : []
    );
  const names = namesOf(spec, (container) => portsOf(container).length > 0);
  if (names.length === 0) return undefined;
  const ports = sorted(containersOf(spec).flatMap(portsOf));
  return {
    reason: "hostPort",
    detail: `${containersText(names)} ${plural(names.length, "uses", "use")} ${
      plural(ports.length, "hostPort")
    } ${ports.join(", ")}`,
  };
};

const hostProbes: CheckFn = ({ spec }) => {
  const names = sorted(
    namesOf(spec, (container) => hostsOf(container).length > 0),
  );
  if (names.length === 0) return undefined;
  const hosts = sorted(containersOf(spec).flatMap(hostsOf));
  return {
    reason: "probe or lifecycle host",
    detail: `${containersText(names)} ${plural(names.length, "uses", "use")} ${
      plural(hosts.length, "probe or lifecycle host")
    } ${quoted(hosts)}`,
  };
};

/** Hosts other than the pod's own that a container has the node ask. */
function hostsOf(container: AnyContainer): string[] {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  const handlers: (Probe | LifecycleHandler | undefined)[] = [
    livenessProbe,
    readinessProbe,
    startupProbe,
    lifecycle?.postStart,
    lifecycle?.preStop,
  ];
  return handlers.flatMap((handler) => [
    handler?.httpGet?.host,
    handler?.tcpSocket?.host,
  ]).filter((host): host is string => host !== undefined && host !== "");
}

const privileged: CheckFn = ({ spec }) => {
  const names = namesOf(
    spec,
    ({ securityContext }) => securityContext?.privileged === true,
  );
  if (names.length === 0) return undefined;
  return {
    reason: "privileged",
    detail: `${
      containersText(names)
    } must not set securityContext.privileged=true`,
  };
};

/** Forbids to show more of `/proc` than usual. */
export const procMount: CheckFn = ({ spec }) => {
  const unusual = ({ securityContext }: AnyContainer) =>
    (securityContext?.procMount ?? "Default") !== "Default";
  const names = namesOf(spec, unusual);
  if (names.length === 0) return undefined;
  const types = sorted(
    containersOf(spec).filter(unusual).map(({ securityContext }) =>
      securityContext!.procMount!
    ),
  );
  return {
    reason: "procMount",
    detail: `${
      containersText(names)
    } must not set securityContext.procMount to ${quoted(types)}`,
  };
};

const SYSCTLS = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
];
const SYSCTLS_1_27 = [...SYSCTLS, "net.ipv4.ip_local_reserved_ports"];
const SYSCTLS_1_29 = [
  ...SYSCTLS_1_27,
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
];
const SYSCTLS_1_32 = [
  ...SYSCTLS_1_29,
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
];

function sysctls(allowed: readonly string[]): CheckFn {
  return ({ spec }) => {
    const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name)
      .filter((name) => !allowed.includes(name));
    return names.length === 0
      ? undefined
      : { reason: "forbidden sysctls", detail: names.join(", ") };
  };
}

const windowsHostProcess: CheckFn = ({ spec }) => {
  const names = namesOf(
    spec,
    ({ securityContext }) =>
      securityContext?.windowsOptions?.hostProcess === true,
  );
  const pod = spec.securityContext?.windowsOptions?.hostProcess === true;
  if (!pod && names.length === 0) return undefined;
  return {
    reason: "hostProcess",
    detail: `${
      settersText(pod, names)
    } must not set securityContext.windowsOptions.hostProcess=true`,
  };
};

/** All of them. */
export const BASELINE_CHECKS: readonly Check[] = ([
  ["appArmorProfile", [[0, appArmorProfile]]],
  ["capabilities_baseline", [[0, capabilities]]],
  ["hostNamespaces", [[0, hostNamespaces]]],
  ["hostPathVolumes", [[0, hostPathVolumes]]],
  ["hostPorts", [[0, hostPorts]]],
  ["hostProbesAndHostLifecycle", [[34, hostProbes]]],
  ["privileged", [[0, privileged]]],
  ["procMount", [[0, procMount], [35, unlessUserNamespace(procMount)]]],
  ["seLinuxOptions", [
    [0, seLinuxOptions([])],
    [31, seLinuxOptions(["container_engine_t"])],
  ]],
  ["seccompProfile_baseline", [[0, seccompAnnotations], [19, seccompBaseline]]],
  ["sysctls", [
    [0, sysctls(SYSCTLS)],
    [27, sysctls(SYSCTLS_1_27)],
    [29, sysctls(SYSCTLS_1_29)],
    [32, sysctls(SYSCTLS_1_32)],
  ]],
  ["windowsHostProcess", [[0, windowsHostProcess]]],
] as const).map(([id, versions]) => ({ id, level: "baseline", versions }));
