/**
 * The rules of Services.
 *
 * @module
 */
import { isExternallyAccessible } from "../defaults/service.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { Service, ServicePort } from "../core/service.ts";
import { isHeadless, needsHealthCheck } from "../core/service_fields.ts";
import { validateEndpointIp } from "./endpoint_ip.ts";
import { validateLabels } from "./meta.ts";
import {
  isDnsLabel,
  isDnsSubdomain,
  isPort,
  isQualifiedName,
} from "./names.ts";
import { validateClusterIps } from "./service_ips.ts";
import {
  each,
  isCidr,
  oneOf,
  oneOfIfSet,
  portOrName,
  validateIp,
} from "./values.ts";

const TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const MAX_AFFINITY_SECONDS = 86_400;
const BALANCER_ONLY = "may only be used when `type` is 'LoadBalancer'";

function validatePort(
  port: ServicePort,
  field: string,
  { nameNeeded, names }: { nameNeeded: boolean; names: Set<string> },
): FieldError[] {
  const { name = "", appProtocol } = port;
  const found: FieldError[] = [];
  if (name === "") {
    if (nameNeeded) found.push(required(`${field}.name`));
  } else {
    found.push(...each(`${field}.name`, name, isDnsLabel(name)));
    if (names.has(name)) found.push(duplicate(`${field}.name`, name));
    names.add(name);
  }
  return [
    ...found,
    ...each(`${field}.port`, port.port, isPort(port.port)),
    ...oneOf(`${field}.protocol`, port.protocol, ["SCTP", "TCP", "UDP"]),
    ...portOrName(`${field}.targetPort`, port.targetPort),
    ...(appProtocol === undefined ? [] : each(
      `${field}.appProtocol`,
      appProtocol,
      isQualifiedName(appProtocol),
    )),
  ];
}

function validatePorts({ spec }: Service): FieldError[] {
  const ports = spec.ports ?? [];
  const names = new Set<string>();
  const found = ports.flatMap((port, i) =>
    validatePort(port, `spec.ports[${i}]`, {
      nameNeeded: ports.length > 1,
      names,
    })
  );
  const nodePorts = new Set<string>();
  const seen = new Set<string>();
  ports.forEach(({ port, protocol, nodePort }, i) => {
    const at = `spec.ports[${i}]`;
    if (nodePort !== undefined && nodePort !== 0) {
      if (spec.type === "ClusterIP") {
        found.push(
          forbiddenField(
            `${at}.nodePort`,
            "may not be used when `type` is 'ClusterIP'",
          ),
        );
      }
      const key = `${protocol}/${nodePort}`;
      if (nodePorts.has(key)) {
        found.push(duplicate(`${at}.nodePort`, nodePort));
      }
      nodePorts.add(key);
    }
    const key = `${protocol}/${port}`;
    if (seen.has(key)) {
      found.push(
        duplicate(at, {
          Name: "",
          Protocol: protocol,
          AppProtocol: null,
          Port: port,
          TargetPort: 0,
          NodePort: 0,
        }),
      );
    }
    seen.add(key);
  });
  return found;
}

function validateType(service: Service): FieldError[] {
  const { spec } = service;
  const found: FieldError[] = [];
  if (
    (spec.type === "LoadBalancer" || spec.type === "NodePort") &&
    isHeadless(service)
  ) {
    found.push(
      invalidValue(
        "spec.clusterIPs[0]",
        "None",
        `may not be set to 'None' for ${spec.type} services`,
      ),
    );
  }
  if (spec.type !== "ExternalName") return found;
  for (const name of ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] as const) {
    if (spec[name] === undefined) continue;
    found.push(
      forbiddenField(
        `spec.${name}`,
        "may not be set for ExternalName services",
      ),
    );
  }
  const name = (spec.externalName ?? "").replace(/\.$/, "");
  found.push(
    ...(name === ""
      ? [required("spec.externalName")]
      : each("spec.externalName", name, isDnsSubdomain(name))),
  );
  return found;
}

function validateAffinity({ spec }: Service): FieldError[] {
  const config = spec.sessionAffinityConfig;
  const found = oneOf("spec.sessionAffinity", spec.sessionAffinity, [
    "ClientIP",
    "None",
  ]);
  if (spec.sessionAffinity === "None") {
    if (config !== undefined) {
      found.push(
        forbiddenField(
          "spec.sessionAffinityConfig",
          "must not be set when session affinity is None",
        ),
      );
    }
  } else if (spec.sessionAffinity === "ClientIP") {
    const seconds = config?.clientIP?.timeoutSeconds;
    const at = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
    if (seconds === undefined) {
      found.push(required(at, "when session affinity type is ClientIP"));
    } else if (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS) {
      found.push(
        invalidValue(
          at,
          seconds,
          `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`,
        ),
      );
    }
  }
  return found;
}

function validateBalancer(service: Service): FieldError[] {
  const { spec } = service;
  const balanced = spec.type === "LoadBalancer";
  const found: FieldError[] = [];
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0) {
    const at = "spec.LoadBalancerSourceRanges";
    if (!balanced) found.push(forbiddenField(at, BALANCER_ONLY));
    ranges.forEach((range, i) =>
      found.push(...each(`${at}[${i}]`, range.trim(), isCidr(range.trim())))
    );
  }
  if (spec.allocateLoadBalancerNodePorts !== undefined && !balanced) {
    found.push(
      forbiddenField("spec.allocateLoadBalancerNodePorts", BALANCER_ONLY),
    );
  }
  const balancer = spec.loadBalancerClass;
  if (balancer !== undefined) {
    found.push(
      ...(balanced
        ? each("spec.loadBalancerClass", balancer, isQualifiedName(balancer))
        : [forbiddenField("spec.loadBalancerClass", BALANCER_ONLY)]),
    );
  }
  return found;
}

function validateTraffic(service: Service): FieldError[] {
  const { spec } = service;
  const found: FieldError[] = [];
  const external = spec.externalTrafficPolicy;
  if (isExternallyAccessible(service)) {
    found.push(
      ...oneOf("spec.externalTrafficPolicy", external, ["Cluster", "Local"]),
    );
  } else if (external !== undefined) {
    found.push(
      invalidValue(
        "spec.externalTrafficPolicy",
        external,
        "may only be set for externally-accessible services",
      ),
    );
  }
  const health = spec.healthCheckNodePort ?? 0;
  if (health !== 0) {
    found.push(
      ...(needsHealthCheck(service)
        ? each("spec.healthCheckNodePort", health, isPort(health))
        : [
          invalidValue(
            "spec.healthCheckNodePort",
            health,
            "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
          ),
        ]),
    );
  }
  const internal = spec.internalTrafficPolicy;
  if (internal === undefined) {
    if (TYPES.includes(spec.type ?? "") && spec.type !== "ExternalName") {
      found.push(required("spec.internalTrafficPolicy"));
    }
  } else if (internal !== "Cluster" && internal !== "Local") {
    found.push(
      notSupported("spec.internalTrafficPolicy", internal, [
        "Cluster",
        "Local",
      ]),
    );
  }
  return [
    ...found,
    ...oneOfIfSet("spec.trafficDistribution", spec.trafficDistribution, [
      "PreferClose",
      "PreferSameZone",
      "PreferSameNode",
    ]),
  ];
}

/** The rules of a Service, beside those of its metadata. */
export function validateService(service: Service): FieldError[] {
  const { spec } = service;
  return [
    ...((spec.ports?.length ?? 0) === 0 && !isHeadless(service) &&
        spec.type !== "ExternalName"
      ? [required("spec.ports")]
      : []),
    ...validateType(service),
    ...validatePorts(service),
    ...validateLabels(spec.selector, "spec.selector"),
    ...validateAffinity(service),
    ...validateClusterIps(service),
    ...(spec.externalIPs ?? []).flatMap((ip, i) => {
      const wrong = validateIp(`spec.externalIPs[${i}]`, ip);
      return wrong.length > 0
        ? wrong
        : validateEndpointIp(`spec.externalIPs[${i}]`, ip);
    }),
    ...oneOf("spec.type", spec.type, TYPES),
    ...validateBalancer(service),
    ...validateTraffic(service),
  ];
}

/** The rules for a change of a Service's status. */
export function validateServiceStatus(service: Service): FieldError[] {
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  const field = "status.loadBalancer.ingress";
  if (ingress.length > 0 && service.spec.type !== "LoadBalancer") {
    return [
      forbiddenField(
        field,
        "may only be used when `spec.type` is 'LoadBalancer'",
      ),
    ];
  }
  return ingress.flatMap(({ ip, ipMode, hostname }, i) => {
    const at = `${field}[${i}]`;
    const found = ip === undefined ? [] : validateIp(`${at}.ip`, ip);
    if (ip !== undefined && ipMode === undefined) {
      found.push(
        required(`${at}.ipMode`, "must be specified when `ip` is set"),
      );
    } else if (ip === undefined && ipMode !== undefined) {
      found.push(
        forbiddenField(
          `${at}.ipMode`,
          "may not be specified when `ip` is not set",
        ),
      );
    } else found.push(...oneOfIfSet(`${at}.ipMode`, ipMode, ["Proxy", "VIP"]));
    if (hostname !== undefined) {
      found.push(...each(`${at}.hostname`, hostname, isDnsSubdomain(hostname)));
    }
    return found;
  });
}
