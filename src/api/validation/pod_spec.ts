/**
 * The rules of a Pod's spec, alone or in a template.
 *
 * @module
 */
import type { Container } from "../core/container.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notFoundValue,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { PodSpec } from "../core/pod_spec.ts";
import type { PodTemplateSpec } from "../core/pod_template.ts";
import {
  type PodContext,
  validateContainer,
  validateHostPorts,
  validateRestartRules,
} from "./container.ts";
import { validateEphemeralContainers } from "./ephemeral_container.ts";
import { validateAnnotations, validateLabels } from "./meta.ts";
import { isDnsLabel, isDnsSubdomain, isQualifiedName } from "./names.ts";
import { validateDns, validateHostAliases } from "./pod_dns.ts";
import { validateHostProcess, validateOs } from "./pod_os.ts";
import { validateLifecycle, validateProbe } from "./probe.ts";
import { validatePodResources, validateResources } from "./resources.ts";
import {
  validateAffinity,
  validateSpread,
  validateTolerations,
} from "./scheduling.ts";
import { validatePodSecurityContext } from "./security.ts";
import { each, oneOf, requiredBy, within } from "./values.ts";
import { validateVolumes } from "./volume.ts";

const MAX_INT32 = 2 ** 31 - 1;
const PROBES = ["livenessProbe", "readinessProbe", "startupProbe"] as const;

function validateHandlers(
  container: Container,
  at: string,
  pod: PodContext,
): FieldError[] {
  return [
    ...validateLifecycle(container.lifecycle, `${at}.lifecycle`, pod),
    ...PROBES.flatMap((use) =>
      validateProbe(container[use], `${at}.${use}`, { ...pod, use })
    ),
  ];
}

function validateContainers(
  containers: readonly Container[],
  field: string,
  pod: PodContext,
): FieldError[] {
  if (containers.length === 0) return [required(field)];
  const names = new Set<string>();
  const found = containers.flatMap((container, i) => {
    const at = `${field}[${i}]`;
    const repeated = names.has(container.name);
    names.add(container.name);
    return [
      ...validateContainer(container, at, pod),
      ...(repeated ? [duplicate(`${at}.name`, container.name)] : []),
      ...validateHandlers(container, at, pod),
      ...validateRestartRules(container, at),
    ];
  });
  return [...found, ...validateHostPorts(containers, field)];
}

function validateInitContainers(
  spec: PodSpec,
  field: string,
  pod: PodContext,
): FieldError[] {
  const names = new Set(spec.containers.map((c) => c.name));
  return (spec.initContainers ?? []).flatMap((container, i) => {
    const at = `${field}[${i}]`;
    const sidecar = container.restartPolicy === "Always";
    const found = [
      ...validateContainer(container, at, pod),
      ...validateRestartRules(container, at, { init: true }),
    ];
    if (names.has(container.name)) {
      found.push(duplicate(`${at}.name`, container.name));
    } else if (container.name !== "") names.add(container.name);
    found.push(...validateHostPorts([container], field));
    if (sidecar) return [...found, ...validateHandlers(container, at, pod)];
    for (const name of ["lifecycle", ...PROBES] as const) {
      if (container[name] === undefined) continue;
      found.push(
        forbiddenField(
          `${at}.${name}`,
          "may not be set for init containers without restartPolicy=Always",
        ),
      );
    }
    (container.resizePolicy ?? []).forEach((policy, j) => {
      if (policy.restartPolicy !== "RestartContainer") return;
      found.push(
        invalidValue(
          `${at}.resizePolicy[${j}].restartPolicy`,
          policy.restartPolicy,
          "must not be set to 'RestartContainer' for non-sidecar initContainers",
        ),
      );
    });
    return found;
  });
}

function validateClaims(spec: PodSpec, field: string): FieldError[] {
  const names = new Set<string>();
  return (spec.resourceClaims ?? []).flatMap((claim, i) => {
    const at = `${field}[${i}]`;
    const { name, resourceClaimName: own, resourceClaimTemplateName: made } =
      claim;
    const found = names.has(name)
      ? [duplicate(`${at}.name`, name)]
      : requiredBy(`${at}.name`, name, isDnsLabel);
    names.add(name);
    if (own !== undefined && made !== undefined) {
      found.push(
        invalidValue(
          at,
          claim,
          "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified",
        ),
      );
    } else if (own === undefined && made === undefined) {
      found.push(
        invalidValue(
          at,
          claim,
          "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
        ),
      );
    }
    return found;
  });
}

function validateHost(
  spec: PodSpec,
  field: string,
  { isPod }: { isPod: boolean },
): FieldError[] {
  const found: FieldError[] = [];
  if (spec.hostNetwork === true) {
    spec.containers.forEach(({ ports = [] }, i) =>
      ports.forEach(({ hostPort = 0, containerPort }, j) => {
        if ((isPod || hostPort !== 0) && hostPort !== containerPort) {
          found.push(
            invalidValue(
              `${field}.containers[${i}].ports[${j}].hostPort`,
              hostPort,
              "must match `containerPort` when `hostNetwork` is true",
            ),
          );
        }
      })
    );
  }
  if (spec.hostUsers === false) {
    for (
      const [name, set] of [
        ["hostNetwork", spec.hostNetwork],
        ["HostPID", spec.hostPID],
        ["HostIPC", spec.hostIPC],
      ] as const
    ) {
      if (set !== true) continue;
      found.push(
        forbiddenField(`${field}.${name}`, "when `hostUsers` is false"),
      );
    }
    for (const [at, { volumeDevices = [] }] of allContainers(spec, field)) {
      if (volumeDevices.length === 0) continue;
      found.push(
        forbiddenField(`${at}.volumeDevices`, "when `hostUsers` is false"),
      );
    }
  }
  return found;
}

function validateGates(spec: PodSpec, field: string): FieldError[] {
  const seen = new Set<string>();
  return [
    ...(spec.readinessGates ?? []).flatMap(({ conditionType }, i) =>
      each(
        `${field}.readinessGates[${i}].conditionType`,
        conditionType,
        isQualifiedName(conditionType),
      )
    ),
    ...(spec.schedulingGates ?? []).flatMap(({ name }, i) => {
      const at = `${field}.schedulingGates[${i}]`;
      const repeated = seen.has(name);
      seen.add(name);
      return [
        ...each(at, name, isQualifiedName(name)),
        ...(repeated ? [duplicate(at, name)] : []),
      ];
    }),
  ];
}

function validateNames(spec: PodSpec, field: string): FieldError[] {
  const rules = {
    serviceAccountName: isDnsSubdomain,
    nodeName: isDnsSubdomain,
    hostname: isDnsLabel,
    subdomain: isDnsLabel,
    priorityClassName: isDnsSubdomain,
    runtimeClassName: isDnsSubdomain,
  } as const;
  return Object.entries(rules).flatMap(([name, rule]) => {
    const value = spec[name as keyof typeof rules];
    return value === undefined
      ? []
      : each(`${field}.${name}`, value, rule(value));
  });
}

/** All containers of a Pod, each with its path. */
function allContainers(
  spec: PodSpec,
  field: string,
): readonly (readonly [string, Container])[] {
  return (["initContainers", "containers", "ephemeralContainers"] as const)
    .flatMap((kind) =>
      (spec[kind] ?? []).map((container, i) =>
        [`${field}.${kind}[${i}]`, container] as const
      )
    );
}

function validateFileKeys(spec: PodSpec, field: string): FieldError[] {
  const found: FieldError[] = [];
  for (const [container, { env = [] }] of allContainers(spec, field)) {
    env.forEach(({ valueFrom }, i) => {
      const name = valueFrom?.fileKeyRef?.volumeName;
      if (name === undefined) return;
      const at = `${container}.env[${i}].valueFrom.fileKeyRef.volumeName`;
      const volume = spec.volumes?.find((v) => v.name === name);
      if (volume === undefined) found.push(notFoundValue(at, name));
      else if (volume.emptyDir === undefined) {
        found.push(
          invalidValue(at, name, "referenced volume must be of type emptyDir"),
        );
      }
    });
  }
  return found;
}

/**
 * The rules of a Pod's spec.
 *
 * @param options.podName the Pod's name; absent in a template
 */
export function validatePodSpec(
  spec: PodSpec,
  field: string,
  { podName }: { podName?: string | undefined } = {},
): FieldError[] {
  const volumes = validateVolumes(
    spec.volumes ?? [],
    `${field}.volumes`,
    podName,
  );
  const pod: PodContext = {
    volumes: volumes.valid,
    claims: new Set((spec.resourceClaims ?? []).map((c) => c.name)),
    restartPolicy: spec.restartPolicy ?? "",
    hostUsers: spec.hostUsers !== false,
    graceSeconds: spec.terminationGracePeriodSeconds,
    os: spec.os?.name,
  };
  return [
    ...(spec.terminationGracePeriodSeconds === undefined
      ? [required(`${field}.terminationGracePeriodSeconds`)]
      : []),
    ...volumes.found,
    ...validateClaims(spec, `${field}.resourceClaims`),
    ...validateContainers(spec.containers, `${field}.containers`, pod),
    ...validateInitContainers(spec, `${field}.initContainers`, pod),
    ...validateEphemeralContainers(spec, `${field}.ephemeralContainers`, pod),
    ...(spec.resources === undefined
      ? []
      : validatePodResources(spec, `${field}.resources`)),
    ...validateHost(spec, field, { isPod: podName !== undefined }),
    ...oneOf(`${field}.restartPolicy`, spec.restartPolicy, [
      "Always",
      "OnFailure",
      "Never",
    ]),
    ...oneOf(`${field}.dnsPolicy`, spec.dnsPolicy, [
      "ClusterFirstWithHostNet",
      "ClusterFirst",
      "Default",
      "None",
    ]),
    ...validateLabels(spec.nodeSelector, `${field}.nodeSelector`),
    ...validatePodSecurityContext(spec, `${field}.securityContext`),
    ...validateAffinity(spec.affinity, `${field}.affinity`),
    ...validateDns(spec, `${field}.dnsConfig`),
    ...validateGates(spec, field),
    ...validateSpread(
      spec.topologySpreadConstraints ?? [],
      `${field}.topologySpreadConstraints`,
    ),
    ...validateHostProcess(spec, field),
    ...validateNames(spec, field),
    ...within(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, [
      1,
      MAX_INT32,
    ]),
    ...validateTolerations(spec.tolerations ?? [], `${field}.tolerations`),
    ...validateHostAliases(spec.hostAliases ?? [], `${field}.hostAliases`),
    ...(spec.preemptionPolicy === undefined
      ? []
      : oneOf(`${field}.preemptionPolicy`, spec.preemptionPolicy, [
        "PreemptLowerPriority",
        "Never",
      ])),
    ...(spec.overhead === undefined
      ? []
      : validateResources({ limits: spec.overhead }, `${field}.overhead`)),
    ...validateOs(spec, field),
    ...validateFileKeys(spec, field),
  ];
}

/** The rules of a Pod template. */
export function validatePodTemplate(
  template: PodTemplateSpec,
  field: string,
): FieldError[] {
  const { metadata = {}, spec } = template;
  return [
    ...validateLabels(metadata.labels, `${field}.labels`),
    ...validateAnnotations(metadata.annotations, `${field}.annotations`),
    ...validatePodSpec(spec, `${field}.spec`),
    ...((spec.ephemeralContainers?.length ?? 0) > 0
      ? [
        forbiddenField(
          `${field}.spec.ephemeralContainers`,
          "ephemeral containers not allowed in pod template",
        ),
      ]
      : []),
  ];
}
