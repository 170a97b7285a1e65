/**
 * What a client is warned of when it writes a Pod or a Pod template: things that are taken, but do not do what one would think.
 *
 * @module
 */
import type { Container, ContainerPort } from "../core/container.ts";
import type { ObjectMeta } from "../meta.ts";
import type { PodSpec } from "../core/pod_spec.ts";
import type { PodTemplateSpec } from "../core/pod_template.ts";
import { sameJson } from "../equal.ts";
import { parseQuantity } from "../quantity.ts";
import type { ResourceList } from "../schema/words.ts";
import { isDnsLabel } from "../validation/names.ts";
import type { Volume } from "../core/volume.ts";

const BYTES = ["memory", "ephemeral-storage"];

/** Labels of nodes that are going away, and what to say of each. */
export const OLD_LABELS: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch":
    'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os":
    'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region":
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone":
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type":
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  "app.kubernetes.io/created-by": "deprecated since v1.9",
  "scheduler.alpha.kubernetes.io/preferAvoidPods":
    "deprecated since v1.22; use Taints and Tolerations instead",
  "node-role.kubernetes.io/master":
    'use "node-role.kubernetes.io/control-plane" instead',
};

const OLD_ANNOTATIONS: Readonly<Record<string, string>> = {
  "scheduler.alpha.kubernetes.io/critical-pod":
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  "security.alpha.kubernetes.io/sysctls":
    'non-functional in v1.11+; use the "sysctls" field instead',
  "security.alpha.kubernetes.io/unsafe-sysctls":
    'non-functional in v1.11+; use the "sysctls" field instead',
};

const OLD_VOLUMES: { readonly [K in keyof Volume]?: string } = {
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  gitRepo: "deprecated in v1.11, and disabled by default in v1.33+",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  flocker: "deprecated in v1.22, non-functional in v1.25+",
  storageos: "deprecated in v1.22, non-functional in v1.25+",
  quobyte: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  rbd: "deprecated in v1.28, non-functional in v1.31+",
};

function fractions(list: ResourceList | undefined, field: string): string[] {
  return BYTES.flatMap((name) => {
    const amount = list?.[name];
    return amount === undefined || parseQuantity(amount).nano % 10n ** 9n === 0n
      ? []
      : [
        `${field}[${name}]: fractional byte value ${
          JSON.stringify(amount)
        } is invalid, must be an integer`,
      ];
  });
}

function repeated(
  items: readonly string[],
  warn: (item: string, index: number) => string,
): string[] {
  const seen = new Set<string>();
  return items.flatMap((item, i) => {
    if (seen.has(item)) return [warn(item, i)];
    seen.add(item);
    return [];
  });
}

function hiddenVariables({ env = [] }: Container, field: string): string[] {
  const seen = new Set<string>();
  return env.flatMap(({ name, value = "", valueFrom }, i) => {
    const first = !seen.has(name);
    seen.add(name);
    const reference = `$(${name})`;
    // A variable may build on its own earlier value, as PATH does.
    const builds = valueFrom === undefined && value !== reference &&
      value.includes(reference);
    return first || builds ? [] : [
      `${field}.env[${i}]: hides previous definition of ${
        JSON.stringify(name)
      }, which may be dropped when using apply`,
    ];
  });
}

type Placed<T> = readonly (readonly [string, T])[];

function containersOf(spec: PodSpec, field: string): Placed<Container> {
  return (["initContainers", "containers", "ephemeralContainers"] as const)
    .flatMap((kind) =>
      (spec[kind] ?? []).map((container, i) =>
        [`${field}.${kind}[${i}]`, container] as const
      )
    );
}

function clash(a: ContainerPort, b: ContainerPort): string | undefined {
  const [ipA = "", ipB = ""] = [a.hostIP, b.hostIP];
  const [portA = 0, portB = 0] = [a.hostPort, b.hostPort];
  if (ipA === ipB && portA === portB) return "duplicate";
  if (portA === 0 || portB === 0) return "overlapping";
  const onlyOneOpen = (ipA === "") !== (ipB === "");
  return portA === portB && onlyOneOpen ? "dangerously ambiguous" : undefined;
}

/** With so many earlier ports of its number a port is compared; no client is told of more. */
const COMPARED_PORTS = 16;

function portWarnings(containers: Placed<Container>): string[] {
  const ports: Placed<ContainerPort> = containers.flatMap(([at, c]) =>
    (c.ports ?? []).map((port, i) => [`${at}.ports[${i}]`, port] as const)
  );
  const names = new Map<string, string>();
  // Only those of one number are compared: each with each would take too long for thousands.
  const alike = new Map<string, [string, ContainerPort][]>();
  return [
    ...ports.flatMap(([at, port]) => {
      const key = `${port.containerPort}/${port.protocol}`;
      const before = alike.get(key) ?? [];
      const found = before.flatMap(([other, earlier]) => {
        const how = clash(port, earlier);
        return how === undefined
          ? []
          : [`${at}: ${how} port definition with ${other}`];
      });
      if (before.length < COMPARED_PORTS) before.push([at, port]);
      alike.set(key, before);
      return found;
    }),
    ...ports.flatMap(([at, { name = "" }]) => {
      const other = names.get(name);
      if (name === "" || other === undefined) {
        names.set(name, at);
        return [];
      }
      return [
        `${at}: duplicate port name ${
          JSON.stringify(name)
        } with ${other}, services and probes that select ports by name will use ${other}`,
      ];
    }),
  ];
}

function unselective(spec: PodSpec, field: string): string[] {
  const why = "a null labelSelector results in matching no pod";
  return [
    ...(spec.topologySpreadConstraints ?? []).flatMap((c, i) =>
      c.labelSelector === undefined
        ? [`${field}.topologySpreadConstraints[${i}].labelSelector: ${why}`]
        : []
    ),
    ...(["podAffinity", "podAntiAffinity"] as const).flatMap((kind) => {
      const affinity = spec.affinity?.[kind];
      const at = `${field}.affinity.${kind}`;
      const needed = "requiredDuringSchedulingIgnoredDuringExecution";
      const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
      return [
        ...(affinity?.[needed] ?? []).flatMap((term, i) =>
          term.labelSelector === undefined
            ? [`${at}.${needed}[${i}].labelSelector: ${why}`]
            : []
        ),
        ...(affinity?.[preferred] ?? []).flatMap((term, i) =>
          term.podAffinityTerm?.labelSelector === undefined
            ? [`${at}.${preferred}[${i}].podAffinityTerm.labelSelector: ${why}`]
            : []
        ),
      ];
    }),
  ];
}

/**
 * Warnings about a Pod's spec.
 *
 * @param prefix "" for a Pod, `spec.template.` for a template
 */
export function podWarnings(
  { spec, metadata = {} }: {
    readonly spec: PodSpec;
    readonly metadata?: ObjectMeta;
  },
  prefix: string,
): string[] {
  const field = `${prefix}spec`;
  const containers = containersOf(spec, field);
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap((key) =>
      OLD_LABELS[key] === undefined
        ? []
        : [`${field}.nodeSelector[${key}]: ${OLD_LABELS[key]}`]
    ),
    ...Object.keys(metadata.annotations ?? {}).flatMap((key) =>
      OLD_ANNOTATIONS[key] === undefined
        ? []
        : [`${prefix}metadata.annotations[${key}]: ${OLD_ANNOTATIONS[key]}`]
    ),
    ...(spec.volumes ?? []).flatMap((volume, i) =>
      Object.entries(OLD_VOLUMES).flatMap(([name, text]) =>
        volume[name as keyof Volume] === undefined
          ? []
          : [`${field}.volumes[${i}].${name}: ${text}`]
      )
    ),
    ...repeated(
      (spec.hostAliases ?? []).map((a) => a.ip),
      (ip, i) =>
        `${field}.hostAliases[${i}].ip: duplicate ip ${JSON.stringify(ip)}`,
    ),
    ...repeated(
      (spec.imagePullSecrets ?? []).map((s) => s.name ?? ""),
      (n, i) =>
        `${field}.imagePullSecrets[${i}].name: duplicate name ${
          JSON.stringify(n)
        }`,
    ),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [
        `${field}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
      ]
      : []),
    ...fractions(spec.overhead, `${field}.overhead`),
    ...containers.flatMap(([at, container]) => [
      ...fractions(container.resources?.limits, `${at}.resources.limits`),
      ...fractions(container.resources?.requests, `${at}.resources.requests`),
      ...hiddenVariables(container, at),
    ]),
    ...portWarnings(containers),
    ...unselective(spec, field),
  ];
}

/** Warnings about a name that also becomes a host name. */
export function nameWarnings(name: string | undefined, use: string): string[] {
  const wrong = isDnsLabel(name ?? "");
  return wrong.length === 0 ? [] : [
    `metadata.name: ${use}, which can result in surprising behavior; a DNS label is recommended: [${
      wrong.join(" ")
    }]`,
  ];
}

/** Warnings about a new or changed Pod. */
export function warnOfPod(
  pod: { readonly metadata: ObjectMeta; readonly spec: PodSpec },
  previous?: object,
): string[] {
  return [
    ...(previous === undefined
      ? nameWarnings(
        pod.metadata.name,
        "this is used in the Pod's hostname",
      )
      : []),
    ...podWarnings(pod, ""),
  ];
}

/** Warnings about an object that makes Pods from a template; a change that does not touch the spec gives none. */
export function warnOfTemplate(
  object: {
    readonly metadata: ObjectMeta;
    readonly spec: { readonly template?: PodTemplateSpec };
  },
  previous?: { readonly metadata: ObjectMeta },
): string[] {
  const { metadata, spec } = object;
  if (previous === undefined) {
    return [
      ...nameWarnings(
        metadata.name,
        "this is used in Pod names and hostnames",
      ),
      ...(spec.template === undefined
        ? []
        : podWarnings(spec.template, "spec.template.")),
    ];
  }
  return spec.template === undefined ||
      metadata.generation === previous.metadata.generation
    ? []
    : podWarnings(spec.template, "spec.template.");
}

/** Warnings about the Pods of a DaemonSet, whose name is not part of a host's. */
export function warnOfDaemonSet(
  { spec: { template } }: {
    readonly spec: { readonly template: PodTemplateSpec };
  },
  previous?: { readonly spec: { readonly template: PodTemplateSpec } },
): string[] {
  return previous !== undefined && sameJson(template, previous.spec.template)
    ? []
    : podWarnings(template, "spec.template.");
}

/** Warnings about a template that is kept for others to use. */
export function warnOfPodTemplate(
  { metadata, template }: {
    readonly metadata: ObjectMeta;
    readonly template: PodTemplateSpec;
  },
  previous?: { readonly metadata: ObjectMeta },
): string[] {
  return metadata.generation === previous?.metadata.generation
    ? []
    : podWarnings(template, "template.");
}
