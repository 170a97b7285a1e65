/**
 * The rules of networks for Services. They follow `pkg/apis/networking/validation` of Kubernetes.
 *
 * @module
 */
import { invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { ServiceCIDR } from "../networking/service_cidr.ts";
import { isCanonicalCidr, parseNetwork } from "./cidr.ts";
import { IMMUTABLE } from "./meta.ts";
import { each } from "./values.ts";

const FIELD = "spec.cidrs";

/** The rules of a ServiceCIDR, beside those of its metadata. */
export function validateServiceCidr({ spec }: ServiceCIDR): FieldError[] {
  const { cidrs = [] } = spec;
  if (cidrs.length === 0) {
    return [required(FIELD, "at least one CIDR required")];
  }
  if (cidrs.length > 2) {
    // Kubernetes shows its internal form, whose fields are upper-case.
    const shown = { CIDRs: cidrs };
    return [invalidValue(FIELD, shown, "may only hold up to 2 values")];
  }
  const found = cidrs.flatMap((cidr, i) =>
    each(`${FIELD}[${i}]`, cidr, isCanonicalCidr(cidr))
  );
  const [first, second] = cidrs.map((cidr) => parseNetwork(cidr)?.width);
  if (first !== undefined && first === second) {
    found.push(
      invalidValue(
        FIELD,
        cidrs,
        "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64",
      ),
    );
  }
  return found;
}

/** Networks stay; one of the other family may be added. */
export function validateServiceCidrUpdate(
  { spec: { cidrs: next = [] } }: ServiceCIDR,
  { spec: { cidrs: previous = [] } }: ServiceCIDR,
): FieldError[] {
  if (
    next.length !== previous.length &&
    !(previous.length === 1 && next.length === 2)
  ) return [invalidValue(FIELD, next, IMMUTABLE)];
  return previous.flatMap((cidr, i) =>
    next[i] === cidr ? [] : [invalidValue(`${FIELD}[${i}]`, next[i], IMMUTABLE)]
  );
}
