/**
 * The rules of API services. They follow `pkg/apis/apiregistration/validation` of Kubernetes' aggregator.
 *
 * @module
 */
import type {
  APIService,
  APIServiceSpec,
} from "../apiregistration/api_service.ts";
import { invalidValue, notSupported, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import {
  isDns1035Label,
  isDnsSubdomain,
  isPort,
  pathSegment,
} from "./names.ts";
import { each } from "./values.ts";

const MAX_GROUP_PRIORITY = 20_000;
const MAX_VERSION_PRIORITY = 1000;

function validateName(name: string, spec: APIServiceSpec): FieldError[] {
  const wanted = `${spec.version ?? ""}.${spec.group ?? ""}`;
  const unsafe = pathSegment(name, false);
  if (unsafe.length > 0 || name === "") {
    return each("metadata.name", name, unsafe);
  }
  return name === wanted ? [] : [
    invalidValue(
      "metadata.name",
      name,
      `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`,
    ),
  ];
}

function validatePriority(
  field: string,
  value: number,
  max: number,
): FieldError[] {
  return value > 0 && value <= max ? [] : [
    invalidValue(field, value, `must be positive and less than ${max}`),
  ];
}

function validateServer(spec: APIServiceSpec): FieldError[] {
  const { service, caBundle = "", insecureSkipTLSVerify = false } = spec;
  const insecure = (why: string) =>
    invalidValue("spec.insecureSkipTLSVerify", insecureSkipTLSVerify, why);
  if (service === undefined) {
    const bytes = atob(caBundle).length;
    return [
      ...(bytes === 0 ? [] : [
        invalidValue(
          "spec.caBundle",
          `${bytes} bytes`,
          "local APIServices may not have a caBundle",
        ),
      ]),
      ...(insecureSkipTLSVerify
        ? [insecure("local APIServices may not have insecureSkipTLSVerify")]
        : []),
    ];
  }
  const { namespace = "", name = "", port = 443 } = service;
  const wrongPort = isPort(port);
  return [
    ...(namespace === "" ? [required("spec.service.namespace")] : []),
    ...(name === "" ? [required("spec.service.name")] : []),
    ...(wrongPort.length === 0 ? [] : [
      invalidValue(
        "spec.service.port",
        port,
        `port is not valid: ${wrongPort.join(", ")}`,
      ),
    ]),
    ...(insecureSkipTLSVerify && caBundle !== ""
      ? [insecure("may not be true if caBundle is present")]
      : []),
  ];
}

/** The rules of an APIService, beside those of its metadata. */
export function validateApiService(
  { metadata: { name = "" }, spec }: APIService,
): FieldError[] {
  const { group = "", version = "" } = spec;
  return [
    ...validateName(name, spec),
    ...(group === "" && version !== "v1"
      ? [
        required(
          "spec.group",
          "only v1 may have an empty group and it better be legacy kube",
        ),
      ]
      : []),
    ...(group === "" ? [] : each("spec.group", group, isDnsSubdomain(group))),
    ...each("spec.version", version, isDns1035Label(version)),
    ...validatePriority(
      "spec.groupPriorityMinimum",
      spec.groupPriorityMinimum,
      MAX_GROUP_PRIORITY,
    ),
    ...validatePriority(
      "spec.versionPriority",
      spec.versionPriority,
      MAX_VERSION_PRIORITY,
    ),
    ...validateServer(spec),
  ];
}

const STATUSES = ["True", "False", "Unknown"];

/** The rules of an APIService's status. */
export function validateApiServiceStatus({ status }: APIService): FieldError[] {
  return (status?.conditions ?? []).flatMap(({ status }, i) =>
    STATUSES.includes(status)
      ? []
      : [notSupported(`status.conditions[${i}].status`, status, STATUSES)]
  );
}
