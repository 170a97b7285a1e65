/**
 * The rules of containers.
 *
 * @module
 */
import type {
  Container,
  ContainerPort,
  EphemeralContainer,
  VolumeMount,
} from "../core/container.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notFoundValue,
  required,
  tooMany,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { Volume } from "../core/volume.ts";
import { validateEnv, validateEnvFrom } from "./env.ts";
import { isDnsLabel, isPort, isPortName } from "./names.ts";
import type { HandlerContext } from "./probe.ts";
import { validateResources } from "./resources.ts";
import { validateSecurityContext } from "./security.ts";
import {
  descendingPath,
  each,
  noBacksteps,
  oneOf,
  oneOfIfSet,
  requiredBy,
} from "./values.ts";

/** What a Pod says that its containers depend on. */
export interface PodContext extends HandlerContext {
  /** The Pod's valid volumes by name. */
  readonly volumes: ReadonlyMap<string, Volume>;
  /** Names in `spec.resourceClaims`. */
  readonly claims: ReadonlySet<string>;
  /** The Pod's restart policy. */
  readonly restartPolicy: string;
  /** Whether the Pod uses the node's user ids. */
  readonly hostUsers: boolean;
}

const PROTOCOLS = ["SCTP", "TCP", "UDP"];

function validatePorts(
  ports: readonly ContainerPort[],
  field: string,
): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const { name = "", containerPort, hostPort = 0, protocol } = port;
    const at = `${field}[${i}]`;
    const found: FieldError[] = [];
    if (name !== "") {
      const wrong = isPortName(name);
      found.push(...each(`${at}.name`, name, wrong));
      if (wrong.length === 0) {
        if (names.has(name)) found.push(duplicate(`${at}.name`, name));
        names.add(name);
      }
    }
    found.push(
      ...(containerPort === 0
        ? [required(`${at}.containerPort`)]
        : each(`${at}.containerPort`, containerPort, isPort(containerPort))),
    );
    if (hostPort !== 0) {
      found.push(...each(`${at}.hostPort`, hostPort, isPort(hostPort)));
    }
    return [...found, ...oneOf(`${at}.protocol`, protocol, PROTOCOLS)];
  });
}

/** Host ports that one Pod asks for twice. */
export function validateHostPorts(
  containers: readonly Container[],
  field: string,
): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap(({ ports = [] }, i) =>
    ports.flatMap(({ protocol = "", hostIP = "", hostPort = 0 }, j) => {
      if (hostPort === 0) return [];
      const key = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(key)) {
        return [duplicate(`${field}[${i}].ports[${j}].hostPort`, key)];
      }
      taken.add(key);
      return [];
    })
  );
}

function validateMount(
  mount: VolumeMount,
  { at, field, container }: {
    at: string;
    field: string;
    container: Container | EphemeralContainer;
  },
): FieldError[] {
  const { subPath = "", subPathExpr = "", mountPropagation } = mount;
  const found: FieldError[] = [];
  if (subPath !== "") {
    found.push(...descendingPath(`${field}.subPath`, subPath));
  }
  if (subPathExpr !== "") {
    if (subPath !== "") {
      found.push(
        invalidValue(
          `${at}.subPathExpr`,
          subPathExpr,
          "subPathExpr and subPath are mutually exclusive",
        ),
      );
    }
    found.push(...descendingPath(`${field}.subPathExpr`, subPathExpr));
  }
  found.push(
    ...oneOfIfSet(`${field}.mountPropagation`, mountPropagation, [
      "Bidirectional",
      "HostToContainer",
      "None",
    ]),
  );
  if (
    mountPropagation === "Bidirectional" &&
    container.securityContext?.privileged !== true
  ) {
    found.push(
      forbiddenField(
        `${field}.mountPropagation`,
        "Bidirectional mount propagation is available only to privileged containers",
      ),
    );
  }
  const recursive = mount.recursiveReadOnly;
  found.push(
    ...oneOfIfSet(`${field}.recursiveReadOnly`, recursive, [
      "Disabled",
      "Enabled",
      "IfPossible",
    ]),
  );
  if (recursive === "Enabled" || recursive === "IfPossible") {
    if (mount.readOnly !== true) {
      found.push(
        forbiddenField(
          `${field}.recursiveReadOnly`,
          "may only be specified when readOnly is true",
        ),
      );
    }
    if (mountPropagation !== undefined && mountPropagation !== "None") {
      found.push(
        forbiddenField(
          `${field}.recursiveReadOnly`,
          "may only be specified when mountPropagation is None or not specified",
        ),
      );
    }
  }
  return found;
}

function validateMounts(
  container: Container | EphemeralContainer,
  field: string,
  { volumes }: PodContext,
): FieldError[] {
  const devices = container.volumeDevices ?? [];
  const paths = new Set<string>();
  return (container.volumeMounts ?? []).flatMap((mount, i) => {
    const at = `${field}[${i}]`;
    const { name, mountPath } = mount;
    const found: FieldError[] = [];
    if (name === "") found.push(required(`${at}.name`));
    if (!volumes.has(name)) found.push(notFoundValue(`${at}.name`, name));
    if (mountPath === "") found.push(required(`${at}.mountPath`));
    if (paths.has(mountPath)) {
      found.push(invalidValue(`${at}.mountPath`, mountPath, "must be unique"));
    }
    paths.add(mountPath);
    if (devices.some((d) => d.name === name)) {
      found.push(
        invalidValue(
          `${at}.name`,
          name,
          "must not already exist in volumeDevices",
        ),
      );
    }
    if (devices.some((d) => d.devicePath === mountPath)) {
      found.push(
        invalidValue(
          `${at}.mountPath`,
          mountPath,
          "must not already exist as a path in volumeDevices",
        ),
      );
    }
    return [...found, ...validateMount(mount, { at, field, container })];
  });
}

function validateDevices(
  { volumeDevices = [], volumeMounts = [] }: Container | EphemeralContainer,
  field: string,
  { volumes }: PodContext,
): FieldError[] {
  const paths = new Set<string>();
  const names = new Set<string>();
  return volumeDevices.flatMap(({ name, devicePath }, i) => {
    const at = `${field}[${i}]`;
    const volume = volumes.get(name);
    const found: FieldError[] = [];
    if (name === "") found.push(required(`${at}.name`));
    if (names.has(name)) {
      found.push(invalidValue(`${at}.name`, name, "must be unique"));
    }
    if (volume === undefined) found.push(notFoundValue(`${at}.name`, name));
    else if (
      volume.persistentVolumeClaim === undefined &&
      volume.ephemeral === undefined
    ) {
      found.push(
        invalidValue(
          `${at}.name`,
          name,
          "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
        ),
      );
    }
    if (devicePath === "") found.push(required(`${at}.devicePath`));
    if (paths.has(devicePath)) {
      found.push(
        invalidValue(`${at}.devicePath`, devicePath, "must be unique"),
      );
    }
    if (noBacksteps(at, devicePath).length > 0) {
      found.push(
        invalidValue(
          `${at}.devicePath`,
          devicePath,
          "can not contain backsteps ('..')",
        ),
      );
    } else paths.add(devicePath);
    if (volumeMounts.some((m) => m.name === name)) {
      found.push(
        invalidValue(
          `${at}.name`,
          name,
          "must not already exist in volumeMounts",
        ),
      );
    }
    if (volumeMounts.some((m) => m.mountPath === devicePath)) {
      found.push(
        invalidValue(
          `${at}.devicePath`,
          devicePath,
          "must not already exist as a path in volumeMounts",
        ),
      );
    }
    if (name !== "") names.add(name);
    return found;
  });
}

function validateResize(
  container: Container | EphemeralContainer,
  field: string,
  { restartPolicy }: PodContext,
): FieldError[] {
  const seen = new Set<string>();
  return (container.resizePolicy ?? []).flatMap((policy, i) => {
    const found: FieldError[] = [];
    if (seen.has(policy.resourceName)) {
      found.push(duplicate(`${field}[${i}]`, policy.resourceName));
    }
    seen.add(policy.resourceName);
    found.push(
      ...oneOf(field, policy.resourceName, ["cpu", "memory"]),
      ...oneOf(field, policy.restartPolicy, [
        "NotRequired",
        "RestartContainer",
      ]),
    );
    if (restartPolicy === "Never" && policy.restartPolicy !== "NotRequired") {
      found.push(
        invalidValue(
          field,
          policy.restartPolicy,
          "must be 'NotRequired' when pod `restartPolicy` is 'Never'",
        ),
      );
    }
    return found;
  });
}

const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;

/** The rules of a container's own restart policy. */
export function validateRestartRules(
  { restartPolicy, restartPolicyRules: rules = [] }: Container,
  field: string,
  { init = false }: { init?: boolean } = {},
): FieldError[] {
  const found: FieldError[] = [];
  if (restartPolicy === undefined) {
    if (rules.length === 0) return [];
    found.push(
      required(
        `${field}.restartPolicy`,
        "must specify restartPolicy when restart rules are used",
      ),
    );
    if (init) return found;
  } else {
    found.push(
      ...oneOfIfSet(`${field}.restartPolicy`, restartPolicy, [
        "Always",
        "Never",
        "OnFailure",
      ]),
    );
  }
  const at = `${field}.restartPolicyRules`;
  if (rules.length > MAX_RULES) {
    found.push(tooMany(at, rules.length, MAX_RULES));
  }
  rules.forEach(({ action = "", exitCodes }, i) => {
    found.push(
      ...oneOfIfSet(`${at}[${i}].action`, action, [
        "Restart",
        "RestartAllContainers",
      ]),
    );
    const codes = `${at}[${i}].exitCodes`;
    if (exitCodes === undefined) {
      found.push(required(codes, "must be specified"));
      return;
    }
    const { operator = "", values = [] } = exitCodes;
    found.push(...oneOfIfSet(`${codes}.operator`, operator, ["In", "NotIn"]));
    if (values.length > MAX_EXIT_CODES) {
      found.push(tooMany(`${codes}.values`, values.length, MAX_EXIT_CODES));
    }
  });
  return found;
}

/** The rules that all containers share. */
export function validateContainer(
  container: Container | EphemeralContainer,
  field: string,
  pod: PodContext,
): FieldError[] {
  const c = container;
  return [
    ...requiredBy(`${field}.name`, c.name, isDnsLabel),
    ...((c.image ?? "") === "" ? [required(`${field}.image`)] : []),
    ...oneOf(`${field}.terminationMessagePolicy`, c.terminationMessagePolicy, [
      "File",
      "FallbackToLogsOnError",
    ]),
    ...validatePorts(c.ports ?? [], `${field}.ports`),
    ...validateEnv(c.env ?? [], `${field}.env`),
    ...validateEnvFrom(c.envFrom ?? [], `${field}.envFrom`),
    ...validateMounts(c, `${field}.volumeMounts`, pod),
    ...validateDevices(c, `${field}.volumeDevices`, pod),
    ...oneOf(`${field}.imagePullPolicy`, c.imagePullPolicy, [
      "Always",
      "IfNotPresent",
      "Never",
    ]),
    ...validateResources(c.resources, `${field}.resources`, pod.claims),
    ...validateResize(c, `${field}.resizePolicy`, pod),
    ...validateSecurityContext(
      c.securityContext,
      `${field}.securityContext`,
      pod,
    ),
  ];
}
