/**
 * The rules of environment variables and of what they may refer to.
 *
 * @module
 */
import type {
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from "../core/env.ts";
import { invalidValue, notSupported, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import {
  isConfigKey,
  isDnsLabel,
  isDnsSubdomain,
  isEnvName,
  isQualifiedName,
} from "./names.ts";
import { each, noBacksteps, requiredBy } from "./values.ts";

/** Fields of a Pod that an environment variable may show. */
export const ENV_FIELDS: readonly string[] = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];

/** Fields of a Pod that a file may show. */
export const VOLUME_FIELDS: readonly string[] = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];

/** All that the API converts; others are not known at all. */
const KNOWN_FIELDS = new Set([
  ...ENV_FIELDS,
  ...VOLUME_FIELDS,
  "spec.restartPolicy",
  "spec.schedulerName",
  "status.phase",
]);

const RESOURCES = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];

const SIZES = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";

/** The rules of a reference to a field of the Pod; `metadata.labels['x']` is possible in both places. */
export function validateFieldRef(
  ref: ObjectFieldSelector,
  field: string,
  supported: readonly string[],
): FieldError[] {
  if ((ref.apiVersion ?? "") === "") return [required(`${field}.apiVersion`)];
  if (ref.fieldPath === "") return [required(`${field}.fieldPath`)];
  const subscript = /^(.*)\['(.*)'\]$/s.exec(ref.fieldPath);
  if (subscript !== null) {
    const [, path = "", key = ""] = subscript;
    if (path === "metadata.annotations") {
      return each(field, key.toLowerCase(), isQualifiedName(key.toLowerCase()));
    }
    if (path === "metadata.labels") {
      return each(field, key, isQualifiedName(key));
    }
    return [invalidValue(field, path, "does not support subscript")];
  }
  if (!KNOWN_FIELDS.has(ref.fieldPath)) {
    return [
      invalidValue(
        `${field}.fieldPath`,
        ref.fieldPath,
        `error converting fieldPath: field label not supported: ${ref.fieldPath}`,
      ),
    ];
  }
  return supported.includes(ref.fieldPath)
    ? []
    : [notSupported(`${field}.fieldPath`, ref.fieldPath, supported)];
}

function validateDivisor(
  { resource, divisor }: ResourceFieldSelector,
  field: string,
): FieldError[] {
  if (divisor === undefined || divisor === "0") return [];
  const [, name = ""] = resource.split(".", 2);
  const kind = name === "cpu"
    ? "cpu"
    : name === "memory"
    ? "memory"
    : name === "ephemeral-storage"
    ? "local ephemeral storage"
    : name.startsWith("hugepages-")
    ? "hugepages"
    : undefined;
  if (kind === undefined) return [];
  const allowed = kind === "cpu" ? ["1m", "1"] : SIZES.split(", ");
  if (allowed.includes(divisor)) return [];
  const values = kind === "cpu" ? "1m and 1" : SIZES;
  return [
    invalidValue(
      `${field}.divisor`,
      resource,
      `only divisor's values ${values} are supported with the ${kind} resource`,
    ),
  ];
}

/** The rules of a reference to a container's resources. */
export function validateResourceFieldRef(
  ref: ResourceFieldSelector,
  field: string,
  { inVolume }: { inVolume: boolean },
): FieldError[] {
  const found: FieldError[] = [];
  if (inVolume && (ref.containerName ?? "") === "") {
    found.push(required(`${field}.containerName`));
  } else if (ref.resource === "") found.push(required(`${field}.resource`));
  else if (
    !RESOURCES.includes(ref.resource) &&
    !/^(?:limits|requests)\.hugepages-/.test(ref.resource)
  ) {
    found.push(notSupported(`${field}.resource`, ref.resource, RESOURCES));
  }
  return [...found, ...validateDivisor(ref, field)];
}

function validateKeyRef(
  ref: { readonly name?: string; readonly key: string },
  field: string,
): FieldError[] {
  return [
    ...each(`${field}.name`, ref.name ?? "", isDnsSubdomain(ref.name ?? "")),
    ...requiredBy(`${field}.key`, ref.key, isConfigKey),
  ];
}

function validateValueFrom(
  source: EnvVarSource,
  field: string,
  value: string,
): FieldError[] {
  const found: FieldError[] = [];
  let sources = 0;
  const {
    fieldRef,
    resourceFieldRef,
    configMapKeyRef,
    secretKeyRef,
    fileKeyRef,
  } = source;
  if (fieldRef !== undefined) {
    sources++;
    found.push(
      ...validateFieldRef(fieldRef, `${field}.fieldRef`, ENV_FIELDS),
    );
  }
  if (resourceFieldRef !== undefined) {
    sources++;
    found.push(
      ...validateResourceFieldRef(
        resourceFieldRef,
        `${field}.resourceFieldRef`,
        { inVolume: false },
      ),
    );
  }
  if (configMapKeyRef !== undefined) {
    sources++;
    found.push(...validateKeyRef(configMapKeyRef, `${field}.configMapKeyRef`));
  }
  if (secretKeyRef !== undefined) {
    sources++;
    found.push(...validateKeyRef(secretKeyRef, `${field}.secretKeyRef`));
  }
  if (fileKeyRef !== undefined) {
    sources++;
    const at = `${field}.fileKeyRef`;
    found.push(
      ...requiredBy(`${at}.key`, fileKeyRef.key, isEnvName),
      ...requiredBy(`${at}.volumeName`, fileKeyRef.volumeName, isDnsLabel),
      ...(fileKeyRef.path === ""
        ? [required(`${at}.path`)]
        : noBacksteps(`${at}.path`, fileKeyRef.path)),
    );
  }
  if (sources === 0) {
    found.push(
      invalidValue(
        field,
        "",
        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
      ),
    );
  } else if (value !== "") {
    found.push(
      invalidValue(field, "", "may not be specified when `value` is not empty"),
    );
  } else if (sources > 1) {
    found.push(
      invalidValue(
        field,
        "",
        "may not have more than one field specified at a time",
      ),
    );
  }
  return found;
}

/** The rules of `env`. */
export function validateEnv(
  variables: readonly EnvVar[],
  field: string,
): FieldError[] {
  return variables.flatMap(({ name, value, valueFrom }, i) => [
    ...requiredBy(`${field}[${i}].name`, name, isEnvName),
    ...(valueFrom === undefined
      ? []
      : validateValueFrom(valueFrom, `${field}[${i}].valueFrom`, value ?? "")),
  ]);
}

/** The rules of `envFrom`. */
export function validateEnvFrom(
  sources: readonly EnvFromSource[],
  field: string,
): FieldError[] {
  return sources.flatMap(({ prefix = "", configMapRef, secretRef }, i) => {
    const at = `${field}[${i}]`;
    const found = prefix === ""
      ? []
      : each(`${at}.prefix`, prefix, isEnvName(prefix));
    if (configMapRef !== undefined) {
      found.push(
        ...requiredBy(
          `${at}.configMapRef.name`,
          configMapRef.name,
          isDnsSubdomain,
        ),
      );
    }
    if (secretRef !== undefined) {
      found.push(
        ...requiredBy(`${at}.secretRef.name`, secretRef.name, isDnsSubdomain),
      );
    }
    if (configMapRef === undefined && secretRef === undefined) {
      found.push(
        invalidValue(
          field,
          "",
          "must specify one of: `configMapRef` or `secretRef`",
        ),
      );
    } else if (configMapRef !== undefined && secretRef !== undefined) {
      found.push(
        invalidValue(
          field,
          "",
          "may not have more than one field specified at a time",
        ),
      );
    }
    return found;
  });
}
