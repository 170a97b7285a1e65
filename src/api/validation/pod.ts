/**
 * The rules of Pods: new ones, what may change later, and what a status may say.
 *
 * @module
 */
import type { Container } from "../core/container.ts";
import { couldRestartAll, restartsAfter } from "../core/container_restart.ts";
import type { ContainerStatus } from "../core/container_status.ts";
import { sameJson } from "../equal.ts";
import { forbiddenField, invalidValue } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { Pod } from "../core/pod.ts";
import { asksForEngines, ENGINE_ANNOTATION } from "../core/pod_engines.ts";
import type { PodSpec } from "../core/pod_spec.ts";
import { jsonDiff } from "./json_diff.ts";
import { unchanged } from "./meta.ts";
import { isDnsSubdomain } from "./names.ts";
import { validatePodSpec } from "./pod_spec.ts";
import { each, validateIp, within } from "./values.ts";

const MAX_INT32 = 2 ** 31 - 1;
const CONTAINERS = ["containers", "initContainers"] as const;
const CHANGEABLE = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
].join(",");

/** The rules of a Pod, beside those of its metadata. */
export function validatePod(pod: Pod): FieldError[] {
  const { metadata, spec } = pod;
  const found: FieldError[] = [];
  const cost = metadata.annotations
    ?.["controller.kubernetes.io/pod-deletion-cost"];
  if (cost !== undefined && !isInt32(cost)) {
    found.push(
      invalidValue(
        "metadata.annotations[controller.kubernetes.io/pod-deletion-cost]",
        cost,
        "must be a 32bit integer",
      ),
    );
  }
  found.push(
    ...validatePodSpec(spec, "spec", { podName: metadata.name ?? "" }),
  );
  if ((spec.serviceAccountName ?? "") === "") {
    spec.volumes?.forEach(({ projected }, i) =>
      projected?.sources?.forEach(({ serviceAccountToken }, j) => {
        if (serviceAccountToken === undefined) return;
        found.push(
          forbiddenField(
            `spec.volumes[${i}].projected.sources[${j}].serviceAccountToken`,
            "must not be specified when serviceAccountName is not set",
          ),
        );
      })
    );
  }
  for (const kind of CONTAINERS) {
    spec[kind]?.forEach(({ image = "" }, i) => {
      if (image.trim() === image) return;
      found.push(
        invalidValue(
          `spec.${kind}[${i}].image`,
          image,
          "must not have leading or trailing whitespace",
        ),
      );
    });
  }
  if ((metadata.resourceVersion ?? "") === "") found.push(...validateNew(pod));
  return found;
}

function isInt32(text: string): boolean {
  const value = Number(text);
  return /^[-+]?\d+$/.test(text) && Number.isInteger(value) &&
    Math.abs(value) <= MAX_INT32;
}

/** What holds for a new Pod only. */
function validateNew({ spec }: Pod): FieldError[] {
  const found: FieldError[] = [];
  if ((spec.ephemeralContainers?.length ?? 0) > 0) {
    found.push(
      forbiddenField("spec.ephemeralContainers", "cannot be set on create"),
    );
  }
  if (spec.nodeName !== undefined && (spec.schedulingGates?.length ?? 0) > 0) {
    found.push(
      forbiddenField(
        "spec.nodeName",
        "cannot be set until all schedulingGates have been cleared",
      ),
    );
  }
  return found;
}

function validateDeadline(next: PodSpec, previous: PodSpec): FieldError[] {
  const field = "spec.activeDeadlineSeconds";
  const value = next.activeDeadlineSeconds;
  const before = previous.activeDeadlineSeconds;
  if (value === undefined) {
    return before === undefined ? [] : [
      invalidValue(
        field,
        undefined,
        "must not update from a positive integer to nil value",
      ),
    ];
  }
  const wrong = within(field, value, [0, MAX_INT32]);
  if (wrong.length > 0 || before === undefined || value <= before) return wrong;
  return [
    invalidValue(
      field,
      value,
      "must be less than or equal to previous value",
    ),
  ];
}

function validateTolerationsUpdate(
  next: PodSpec,
  previous: PodSpec,
): FieldError[] {
  const given = next.tolerations ?? [];
  const kept = (previous.tolerations ?? []).every((old) =>
    given.some((toleration) => {
      const { tolerationSeconds: _a, ...a } = toleration;
      const { tolerationSeconds: _b, ...b } = old;
      return sameJson(a, b);
    })
  );
  return kept ? [] : [
    forbiddenField(
      "spec.tolerations",
      "existing toleration can not be modified except its tolerationSeconds",
    ),
  ];
}

function validateGatesUpdate(next: PodSpec, previous: PodSpec): FieldError[] {
  const known = new Set(previous.schedulingGates?.map((g) => g.name));
  return (next.schedulingGates ?? []).flatMap(({ name }, i) =>
    known.has(name) ? [] : [
      forbiddenField(
        `spec.schedulingGates[${i}].name`,
        `only deletion is allowed, but found new scheduling gate '${name}'`,
      ),
    ]
  );
}

/** A pod's sandbox is made for the engines that it had at first. */
function validateEnginesUpdate(next: Pod, previous: Pod): FieldError[] {
  if (!previous.spec.nodeName) return [];
  if (!asksForEngines(next) && !asksForEngines(previous)) return [];
  const [now, before] = [next, previous].map(({ metadata }) =>
    metadata.annotations ?? {}
  ) as [Record<string, string>, Record<string, string>];
  return [...new Set([...Object.keys(now), ...Object.keys(before)])]
    .filter((key) =>
      key.startsWith(ENGINE_ANNOTATION) && now[key] !== before[key]
    )
    .map((key) =>
      forbiddenField(
        `metadata.annotations[${key}]`,
        "may not change once the pod has a node",
      )
    );
}

function imagesOf(
  containers: readonly Container[] | undefined,
  images: readonly Container[] | undefined,
): Container[] | undefined {
  return containers?.map((container, i) => {
    const image = images?.[i]?.image;
    const { image: _, ...rest } = container;
    return image === undefined ? rest : { ...rest, image };
  });
}

/** The new spec with all that may change put back to what it was. */
function withoutAllowedChanges(next: PodSpec, previous: PodSpec): PodSpec {
  const same: PodSpec = {
    ...next,
    containers: imagesOf(next.containers, previous.containers)!,
  };
  const init = imagesOf(next.initContainers, previous.initContainers);
  if (init !== undefined) same.initContainers = init;
  const put = <K extends keyof PodSpec>(key: K) => {
    if (previous[key] === undefined) delete same[key];
    else same[key] = previous[key];
  };
  put("activeDeadlineSeconds");
  put("schedulingGates");
  put("tolerations");
  if (
    (previous.terminationGracePeriodSeconds ?? 0) < 0 &&
    next.terminationGracePeriodSeconds === 1
  ) put("terminationGracePeriodSeconds");
  // A Pod that waits at a gate may still be steered.
  if ((previous.schedulingGates?.length ?? 0) > 0) {
    put("nodeSelector");
    put("affinity");
  }
  return same;
}

/** The rules for a change of a Pod. */
export function validatePodUpdate(next: Pod, previous: Pod): FieldError[] {
  for (const kind of CONTAINERS) {
    const count = (pod: Pod) => pod.spec[kind]?.length ?? 0;
    if (count(next) !== count(previous)) {
      return [
        forbiddenField(
          `spec.${kind}`,
          "pod updates may not add or remove containers",
        ),
      ];
    }
  }
  const found = [
    ...validateDeadline(next.spec, previous.spec),
    ...validateTolerationsUpdate(next.spec, previous.spec),
    ...validateGatesUpdate(next.spec, previous.spec),
    ...validateEnginesUpdate(next, previous),
  ];
  const rest = withoutAllowedChanges(next.spec, previous.spec);
  if (!sameJson(rest, previous.spec)) {
    found.push(
      forbiddenField(
        "spec",
        `pod updates may not change fields other than ${CHANGEABLE}\n${
          jsonDiff(previous.spec, rest)
        }`,
      ),
    );
  }
  return found;
}

function validateTransitions(
  { next, previous, spec, name }: {
    next: readonly ContainerStatus[];
    previous: readonly ContainerStatus[];
    spec: PodSpec;
    name: string;
  },
): FieldError[] {
  if (couldRestartAll(spec)) return [];
  return previous.flatMap((old, i) => {
    const code = old.state?.terminated?.exitCode;
    if (code === undefined) return [];
    const own = spec.containers.find((c) => c.name === old.name);
    if (own && restartsAfter(spec, own, code)) return [];
    const now = next.find((status) => status.name === old.name);
    return now === undefined || now.state?.terminated !== undefined ? [] : [
      forbiddenField(
        `status.${name}[${i}].state`,
        "may not be transitioned to non-terminated state",
      ),
    ];
  });
}

function validateIps(pod: Pod): FieldError[] {
  const { podIP, podIPs = [], hostIP, hostIPs = [] } = pod.status ?? {};
  const found: FieldError[] = [];
  const lists = [["podIP", podIP, podIPs], [
    "hostIP",
    hostIP,
    hostIPs,
  ]] as const;
  for (const [name, first, all] of lists) {
    all.forEach(({ ip = "" }, i) => {
      const at = `status.${name}s[${i}]`;
      if (i === 0 && ip !== first) {
        found.push(
          invalidValue(`${at}.ip`, ip, `must be equal to \`${name}\``),
        );
      }
      found.push(...validateIp(at, ip));
    });
  }
  return found;
}

/** The rules for a change of a Pod's status. */
export function validatePodStatusUpdate(
  next: Pod,
  previous: Pod,
): FieldError[] {
  const nominated = next.status?.nominatedNodeName;
  return [
    ...(nominated === undefined ||
        nominated === previous.status?.nominatedNodeName
      ? []
      : each("status.nominatedNodeName", nominated, isDnsSubdomain(nominated))),
    ...(previous.status?.qosClass === undefined ? [] : unchanged(
      "status.qosClass",
      { next: next.status?.qosClass, previous: previous.status.qosClass },
    )),
    ...validateTransitions({
      next: next.status?.containerStatuses ?? [],
      previous: previous.status?.containerStatuses ?? [],
      spec: previous.spec,
      name: "containerStatuses",
    }),
    ...validateIps(next),
  ];
}
