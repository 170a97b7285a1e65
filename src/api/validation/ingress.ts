/**
 * The rules of ingresses. They follow `pkg/apis/networking/validation` of Kubernetes.
 *
 * @module
 */
import type { TypedLocalObjectReference } from "../core/reference.ts";
import { invalidValue, notSupported, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { Ingress } from "../networking/ingress.ts";
import type {
  IngressBackend,
  IngressServiceBackend,
} from "../networking/ingress_backend.ts";
import type {
  HTTPIngressPath,
  IngressRule,
} from "../networking/ingress_rule.ts";
import {
  isDnsLabel,
  isDnsSubdomain,
  isPort,
  isPortName,
  isWildcardDnsSubdomain,
  pathSegment,
} from "./names.ts";
import { each, isIp, requiredBy } from "./values.ts";

/** Names the class, in the days before `ingressClassName`. */
export const INGRESS_CLASS_ANNOTATION = "kubernetes.io/ingress.class";

const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];
const BAD_SEQUENCES = ["//", "/./", "/../", "%2f", "%2F"];
const BAD_ENDS = ["/..", "/."];

/** The rules of a reference to an object of some kind. */
export function validateReference(
  { apiGroup, kind, name }: TypedLocalObjectReference,
  field: string,
): FieldError[] {
  const segment = (text: string) => pathSegment(text, false);
  return [
    ...(apiGroup === undefined
      ? []
      : each(`${field}.apiGroup`, apiGroup, isDnsSubdomain(apiGroup))),
    ...requiredBy(`${field}.kind`, kind, segment),
    ...requiredBy(`${field}.name`, name, segment),
  ];
}

function validateService(
  { name, port }: IngressServiceBackend,
  field: string,
): FieldError[] {
  const found = requiredBy(`${field}.service.name`, name, isDnsLabel);
  const { name: portName = "", number = 0 } = port ?? {};
  if (portName !== "" && number !== 0) {
    found.push(
      invalidValue(field, "", "cannot set both port name & port number"),
    );
  } else if (portName !== "") {
    found.push(
      ...each(`${field}.service.port.name`, portName, isPortName(portName)),
    );
  } else if (number !== 0) {
    found.push(
      ...each(`${field}.service.port.number`, number, isPort(number)),
    );
  } else found.push(required(field, "port name or number is required"));
  return found;
}

function validateBackend(
  { resource, service }: IngressBackend,
  field: string,
): FieldError[] {
  if (resource !== undefined && service !== undefined) {
    return [
      invalidValue(field, "", "cannot set both resource and service backends"),
    ];
  }
  if (resource !== undefined) {
    return validateReference(resource, `${field}.resource`);
  }
  return service !== undefined
    ? validateService(service, field)
    : [invalidValue(field, "", "resource or service backend is required")];
}

function validateText(
  path: string,
  pathType: string,
  field: string,
): FieldError[] {
  const wrong = (why: string) => [invalidValue(field, path, why)];
  const exact = pathType !== "ImplementationSpecific";
  if (path === "" && !exact) return [];
  return [
    ...(path.startsWith("/") ? [] : wrong("must be an absolute path")),
    ...(exact
      ? [
        ...BAD_SEQUENCES.filter((s) => path.includes(s)).flatMap((s) =>
          wrong(`must not contain '${s}'`)
        ),
        ...BAD_ENDS.filter((s) => path.endsWith(s)).flatMap((s) =>
          wrong(`cannot end with '${s}'`)
        ),
      ]
      : []),
  ];
}

function validatePath(
  { path = "", pathType, backend }: HTTPIngressPath,
  field: string,
): FieldError[] {
  if (pathType === undefined) {
    return [required(`${field}.pathType`, "pathType must be specified")];
  }
  return [
    ...(PATH_TYPES.includes(pathType)
      ? validateText(path, pathType, `${field}.path`)
      : [notSupported(`${field}.pathType`, pathType, PATH_TYPES)]),
    ...validateBackend(backend, `${field}.backend`),
  ];
}

function isHost(host: string): string[] {
  return host.includes("*")
    ? isWildcardDnsSubdomain(host)
    : isDnsSubdomain(host);
}

function validateRule(
  { host = "", http }: IngressRule,
  field: string,
): FieldError[] {
  const at = `${field}.host`;
  const found: FieldError[] = [];
  if (host !== "") {
    if (isIp(host).length === 0) {
      found.push(
        invalidValue(at, host, "must be a DNS name, not an IP address"),
      );
    }
    found.push(...each(at, host, isHost(host)));
  }
  if (http === undefined) return found;
  if (http.paths.length === 0) found.push(required(`${field}.http.paths`));
  http.paths.forEach((path, i) =>
    found.push(...validatePath(path, `${field}.http.paths[${i}]`))
  );
  return found;
}

/** The rules of an Ingress, beside those of its metadata. */
export function validateIngress({ metadata, spec }: Ingress): FieldError[] {
  const { rules = [], tls = [], defaultBackend, ingressClassName } = spec;
  const found: FieldError[] = [];
  if (rules.length === 0 && defaultBackend === undefined) {
    found.push(
      invalidValue(
        "spec",
        spec.rules,
        "either `defaultBackend` or `rules` must be specified",
      ),
    );
  }
  if (defaultBackend !== undefined) {
    found.push(...validateBackend(defaultBackend, "spec.defaultBackend"));
  }
  rules.forEach((rule, i) =>
    found.push(...validateRule(rule, `spec.rules[${i}]`))
  );
  tls.forEach(({ hosts = [], secretName = "" }, i) => {
    hosts.forEach((host, j) =>
      found.push(...each(`spec.tls[${i}].hosts[${j}]`, host, isHost(host)))
    );
    if (secretName === "") return;
    const at = `spec.tls[${i}].secretName`;
    found.push(...each(at, secretName, isDnsSubdomain(secretName)));
  });
  if (ingressClassName !== undefined) {
    found.push(
      ...each(
        "spec.ingressClassName",
        ingressClassName,
        isDnsSubdomain(ingressClassName),
      ),
    );
  }
  const annotated = metadata.annotations?.[INGRESS_CLASS_ANNOTATION];
  const isNew = metadata.resourceVersion === undefined;
  if (
    isNew && annotated !== undefined && ingressClassName !== undefined &&
    annotated !== ingressClassName
  ) {
    found.push(
      invalidValue(
        `annotations.${INGRESS_CLASS_ANNOTATION}`,
        annotated,
        "must match `ingressClassName` when both are specified",
      ),
    );
  }
  return found;
}

/** The rules of an Ingress' status; addresses that were there may stay. */
export function validateIngressStatus(
  next: Ingress,
  previous: Ingress,
): FieldError[] {
  const known = new Set(
    previous.status?.loadBalancer?.ingress?.map(({ ip }) => ip),
  );
  const addresses = next.status?.loadBalancer?.ingress ?? [];
  return addresses.flatMap(({ ip = "", hostname = "" }, i) => {
    const field = `status.loadBalancer.ingress[${i}]`;
    const found = ip === "" || known.has(ip)
      ? []
      : each(`${field}.ip`, ip, isIp(ip));
    if (hostname === "") return found;
    const at = `${field}.hostname`;
    found.push(...each(at, hostname, isDnsSubdomain(hostname)));
    if (isIp(hostname).length === 0) {
      found.push(
        invalidValue(at, hostname, "must be a DNS name, not an IP address"),
      );
    }
    return found;
  });
}
