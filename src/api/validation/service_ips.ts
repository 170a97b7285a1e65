/**
 * The rules of a Service's own addresses, and that they stay.
 *
 * @module
 */
import {
  duplicate,
  forbiddenField,
  invalidValue,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { Service } from "../core/service.ts";
import { isHeadless, needsHealthCheck } from "../core/service_fields.ts";
import { isIpv6, oneOfIfSet, validateIp } from "./values.ts";

const FIELD = "spec.clusterIPs";
const FIXED = "may not change once set";

function validateFamilies({ spec }: Service): FieldError[] {
  const seen = new Set<string>();
  return [
    ...(spec.ipFamilies ?? []).flatMap((family, i) => {
      const at = `spec.ipFamilies[${i}]`;
      const found = oneOfIfSet(at, family, ["IPv4", "IPv6"]);
      if (seen.has(family)) found.push(duplicate(at, family));
      seen.add(family);
      return found;
    }),
    ...oneOfIfSet("spec.ipFamilyPolicy", spec.ipFamilyPolicy, [
      "PreferDualStack",
      "RequireDualStack",
      "SingleStack",
    ]),
  ];
}

/** The rules of `clusterIP`, `clusterIPs`, `ipFamilies` and `ipFamilyPolicy`. */
export function validateClusterIps(service: Service): FieldError[] {
  const { spec } = service;
  if (spec.type === "ExternalName") return [];
  const { clusterIP = "", clusterIPs: ips = [] } = spec;
  const found: FieldError[] = [];
  if (clusterIP !== "" && ips.length === 0) found.push(required(FIELD));
  else if (clusterIP !== "" && ips[0] !== clusterIP) {
    found.push(invalidValue(FIELD, ips, "first value must match `clusterIP`"));
  } else if (clusterIP === "" && ips.length > 0) {
    found.push(
      invalidValue(
        FIELD,
        ips,
        "must be empty when `clusterIP` is not specified",
      ),
    );
  }
  found.push(...validateFamilies(service));
  let broken = false;
  ips.forEach((ip, i) => {
    if (i === 0 && ip === "None") {
      if (ips.length === 1) return;
      broken = true;
      found.push(
        invalidValue(FIELD, ips, "'None' must be the first and only value"),
      );
      return;
    }
    const wrong = validateIp(`${FIELD}[${i}]`, ip);
    broken ||= wrong.length > 0;
    found.push(...wrong);
  });
  if (ips.length > 2) {
    found.push(invalidValue(FIELD, ips, "may only hold up to 2 values"));
  }
  if (broken) return found;
  if (ips.length > 1 && isIpv6(ips[0]!) === isIpv6(ips[1]!)) {
    found.push(
      invalidValue(
        FIELD,
        ips,
        "may specify no more than one IP for each IP family",
      ),
    );
  }
  if (isHeadless(service)) return found;
  ips.forEach((ip, i) => {
    const family = spec.ipFamilies?.[i];
    const real = isIpv6(ip) ? "IPv6" : "IPv4";
    if (family === real || (family !== "IPv4" && family !== "IPv6")) return;
    found.push(
      invalidValue(
        `${FIELD}[${i}]`,
        ip,
        `expected an ${family} value as indicated by \`ipFamilies[${i}]\``,
      ),
    );
  });
  return found;
}

/** Addresses stay as long as the Service has any; so do the health check's port and a load balancer's class. */
export function validateServiceUpdate(
  next: Service,
  previous: Service,
): FieldError[] {
  const found: FieldError[] = [];
  const types = [next.spec.type, previous.spec.type];
  const bothHeadless = isHeadless(next) && isHeadless(previous);
  if (!types.includes("ExternalName") && !bothHeadless) {
    found.push(...validateIpsUpdate(next, previous));
  }
  const balancer = (service: Service) => service.spec.loadBalancerClass;
  if (
    types.every((type) => type === "LoadBalancer") &&
    balancer(next) !== balancer(previous)
  ) {
    found.push(invalidValue("spec.loadBalancerClass", balancer(next), FIXED));
  }
  const port = (service: Service) => service.spec.healthCheckNodePort;
  if (
    needsHealthCheck(next) && needsHealthCheck(previous) &&
    port(next) !== port(previous)
  ) {
    found.push(
      forbiddenField("spec.healthCheckNodePort", "field is immutable"),
    );
  }
  return found;
}

function validateIpsUpdate(next: Service, previous: Service): FieldError[] {
  const ips = next.spec.clusterIPs ?? [];
  const before = previous.spec.clusterIPs ?? [];
  if (before.length === ips.length) {
    return before.flatMap((ip, i) =>
      ip === ips[i] ? [] : [invalidValue(`${FIELD}[${i}]`, ips, FIXED)]
    );
  }
  const found: FieldError[] = [];
  if (ips.length === 0) {
    return [
      invalidValue(`${FIELD}[0]`, ips, "primary clusterIP can not be unset"),
    ];
  }
  if (before.length > 0 && before[0] !== ips[0]) {
    found.push(invalidValue(`${FIELD}[0]`, ips, FIXED));
  }
  if (
    before.length > ips.length && next.spec.ipFamilyPolicy !== "SingleStack"
  ) {
    found.push(
      invalidValue(
        "spec.ipFamilyPolicy",
        next.spec.ipFamilyPolicy,
        "must be set to 'SingleStack' when releasing the secondary clusterIP",
      ),
    );
  }
  return found;
}
