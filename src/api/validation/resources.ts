/**
 * The rules of resource requests and limits.
 *
 * @module
 */
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { PodSpec } from "../core/pod_spec.ts";
import { containerRequests } from "../core/pod_resources.ts";
import {
  compareQuantities,
  parseQuantity,
  QuantityError,
} from "../quantity.ts";
import type { ResourceRequirements } from "../core/resource_requirements.ts";
import type { Quantity } from "../schema/words.ts";
import { isDnsLabel, isQualifiedName } from "./names.ts";
import { each } from "./values.ts";

const CONTAINER_RESOURCES = new Set(["cpu", "memory", "ephemeral-storage"]);
const STANDARD = new Set([
  ...CONTAINER_RESOURCES,
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "storage",
  "requests.storage",
  "services.nodeports",
  "services.loadbalancers",
]);

/** Resources that are counted. */
const COUNTED = new Set([
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
]);

const isHugePages = (name: string) => name.startsWith("hugepages-");
const isNative = (name: string) =>
  !name.includes("/") || name.includes("kubernetes.io/");

/** Whether a resource comes from a device plugin: a name with a domain that is not Kubernetes' own. */
export function isExtendedResource(name: string): boolean {
  return !isNative(name) && !name.startsWith("requests.") &&
    isQualifiedName(`requests.${name}`).length === 0;
}

/** Whether more may be limited than requested. */
export function isOvercommitAllowed(name: string): boolean {
  return isNative(name) && !isHugePages(name);
}

/** The rules of a resource's name, anywhere. */
export function validateResourceName(
  name: string,
  field: string,
): FieldError[] {
  const found = each(field, name, isQualifiedName(name));
  if (found.length > 0 || name.includes("/")) return found;
  return STANDARD.has(name) || isHugePages(name) ? [] : [
    invalidValue(
      field,
      name,
      "must be a standard resource type or fully qualified",
    ),
  ];
}

/** The rules of the name of a resource that containers use. */
export function validateContainerResource(
  name: string,
  field: string,
): FieldError[] {
  const found = validateResourceName(name, field);
  if (!name.includes("/")) {
    if (!CONTAINER_RESOURCES.has(name) && !isHugePages(name)) {
      found.push(
        invalidValue(
          field,
          name,
          "must be a standard resource for containers",
        ),
      );
    }
  } else if (!isNative(name) && !isExtendedResource(name)) {
    found.push(
      invalidValue(
        field,
        name,
        "doesn't follow extended resource name standard",
      ),
    );
  }
  return found;
}

/** The rules of an amount: not negative, whole for what cannot be divided. */
export function validateAmount(
  name: string,
  amount: Quantity,
  field: string,
): FieldError[] {
  const { nano } = parseQuantity(amount);
  return [
    ...(nano < 0n
      ? [invalidValue(field, amount, "must be greater than or equal to 0")]
      : []),
    ...((isExtendedResource(name) || COUNTED.has(name)) &&
        nano % 1_000_000_000n !== 0n
      ? [invalidValue(field, amount, "must be an integer")]
      : []),
  ];
}

/** Huge pages come in whole pages. */
function validatePages(
  name: string,
  amount: Quantity,
  field: string,
): FieldError[] {
  if (!isHugePages(name)) return [];
  let page = 0n;
  try {
    page = parseQuantity(name.slice("hugepages-".length)).nano;
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
  }
  const { nano } = parseQuantity(amount);
  return page > 0n && nano >= 0n && nano % page === 0n ? [] : [
    invalidValue(
      field,
      amount,
      `${amount} is not positive integer multiple of ${name}`,
    ),
  ];
}

function validateClaims(
  claims: NonNullable<ResourceRequirements["claims"]>,
  field: string,
  podClaims: ReadonlySet<string>,
): FieldError[] {
  const found: FieldError[] = [];
  const seen = new Set<string>();
  claims.forEach(({ name, request = "" }, i) => {
    const at = `${field}[${i}]`;
    if (name === "") {
      found.push(required(at));
      return;
    }
    const key = request === "" ? name : `${name}/${request}`;
    if (seen.has(name) || seen.has(key)) found.push(duplicate(at, key));
    if (request !== "") {
      found.push(...each(`${at}.request`, request, isDnsLabel(request)));
    }
    seen.add(key);
    if (!podClaims.has(name)) {
      const missing = notFoundValue(at, name);
      const names = [...podClaims].sort().join(", ");
      const which = names === "" ? " which is empty" : `: ${names}`;
      found.push({
        ...missing,
        message:
          `${missing.message}: must be one of the names in pod.spec.resourceClaims${which}`,
      });
    }
  });
  return found;
}

function validatePodResource(name: string, field: string): FieldError[] {
  const found = validateResourceName(name, field);
  if (found.length > 0) return found;
  return name === "cpu" || name === "memory" || isHugePages(name)
    ? []
    : [notSupported(field, name, ["cpu", "hugepages-", "memory"])];
}

/** The rules of what a Pod as a whole reserves: it must be enough for its containers. */
export function validatePodResources(
  spec: PodSpec,
  field: string,
): FieldError[] {
  if (spec.os?.name === "windows") {
    return [forbiddenField(field, "may not be set for a windows pod")];
  }
  const { claims, ...resources } = spec.resources ?? {};
  const found = claims === undefined ? [] : [
    forbiddenField(
      `${field}.claims`,
      "claims may not be set for Resources at pod-level",
    ),
  ];
  found.push(
    ...validateAmounts(resources, { field, nameRule: validatePodResource }),
  );
  for (const [name, sum] of Object.entries(containerRequests(spec))) {
    const amount = resources.requests?.[name];
    if (amount === undefined || compareQuantities(sum, amount) <= 0) continue;
    found.push(
      invalidValue(
        `${field}.requests[${name}]`,
        amount,
        `must be greater than or equal to aggregate container requests of ${sum}`,
      ),
    );
  }
  spec.containers.forEach((container, i) => {
    for (
      const [name, own] of Object.entries(container.resources?.limits ?? {})
    ) {
      const limit = resources.limits?.[name];
      if (limit === undefined || compareQuantities(own, limit) <= 0) continue;
      found.push(
        invalidValue(
          `${field}.containers[${i}][${name}].limits`,
          own,
          `must be less than or equal to pod limits of ${limit}`,
        ),
      );
    }
  });
  return found;
}

/** The rules of a container's resources. */
export function validateResources(
  resources: ResourceRequirements | undefined,
  field: string,
  podClaims: ReadonlySet<string> = new Set(),
): FieldError[] {
  return [
    ...validateAmounts(resources ?? {}, {
      field,
      nameRule: validateContainerResource,
    }),
    ...validateClaims(resources?.claims ?? [], `${field}.claims`, podClaims),
  ];
}

function validateAmounts(
  { limits = {}, requests = {} }: ResourceRequirements,
  { field, nameRule }: {
    field: string;
    nameRule: (name: string, field: string) => FieldError[];
  },
): FieldError[] {
  const found: FieldError[] = [];
  for (const [name, amount] of Object.entries(limits)) {
    const at = `${field}.limits[${name}]`;
    found.push(
      ...nameRule(name, at),
      ...validateAmount(name, amount, at),
      ...validatePages(name, amount, at),
    );
  }
  for (const [name, amount] of Object.entries(requests)) {
    const at = `${field}.requests[${name}]`;
    found.push(
      ...nameRule(name, at),
      ...validateAmount(name, amount, at),
      ...validatePages(name, amount, at),
    );
    const limit = limits[name];
    if (limit === undefined) {
      if (!isOvercommitAllowed(name)) {
        found.push(
          required(
            `${field}.limits`,
            "Limit must be set for non overcommitable resources",
          ),
        );
      }
      continue;
    }
    const compared = compareQuantities(amount, limit);
    if (compared !== 0 && !isOvercommitAllowed(name)) {
      found.push(
        invalidValue(
          `${field}.requests`,
          amount,
          `must be equal to ${name} limit of ${limit}`,
        ),
      );
    } else if (compared > 0) {
      found.push(
        invalidValue(
          `${field}.requests`,
          amount,
          `must be less than or equal to ${name} limit of ${limit}`,
        ),
      );
    }
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (
    names.some(isHugePages) && !names.includes("cpu") &&
    !names.includes("memory")
  ) {
    found.push(forbiddenField(field, "HugePages require cpu or memory"));
  }
  return found;
}
