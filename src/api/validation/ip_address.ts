/**
 * The rules of addresses that are taken. They follow `pkg/apis/networking/validation` of Kubernetes.
 *
 * @module
 */
import { sameJson } from "../equal.ts";
import { invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { IPAddress } from "../networking/ip_address.ts";
import { isCanonicalIp } from "./cidr.ts";
import { IMMUTABLE } from "./meta.ts";
import { isDnsSubdomain, type NameRule, pathSegment } from "./names.ts";
import { each, requiredBy } from "./values.ts";

/** The name of an IPAddress is the address, in canonical form. */
export const ipAddressName: NameRule = (name) => isCanonicalIp(name);

/** The rules of an IPAddress, beside those of its metadata. */
export function validateIpAddress({ spec }: IPAddress): FieldError[] {
  const field = "spec.parentRef";
  if (spec.parentRef === undefined) return [required(field)];
  const { group = "", resource, namespace = "", name } = spec.parentRef;
  const segment = (text: string) => pathSegment(text, false);
  return [
    ...(group === ""
      ? []
      : each(`${field}.group`, group, isDnsSubdomain(group))),
    ...requiredBy(`${field}.resource`, resource, segment),
    ...requiredBy(`${field}.name`, name, segment),
    ...each(`${field}.namespace`, namespace, segment(namespace)),
  ];
}

/** The owner of an address stays. */
export function validateIpAddressUpdate(
  next: IPAddress,
  previous: IPAddress,
): FieldError[] {
  const { parentRef } = next.spec;
  if (sameJson(parentRef, previous.spec.parentRef)) return [];
  // Kubernetes shows its internal form, whose fields are upper-case.
  const shown = parentRef === undefined ? null : {
    Group: parentRef.group ?? "",
    Resource: parentRef.resource ?? "",
    Namespace: parentRef.namespace ?? "",
    Name: parentRef.name ?? "",
  };
  return [invalidValue("spec.parentRef", shown, IMMUTABLE)];
}
