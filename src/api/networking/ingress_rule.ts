import {
  type Field,
  list,
  named,
  needed,
  object,
  optional,
  pointer,
  str,
} from "../schema/words.ts";
import { type IngressBackend, ingressBackend } from "./ingress_backend.ts";

/** Where the requests for some paths go. */
export interface HTTPIngressPath {
  /** The path; must begin with a slash. */
  path?: string;
  /** How it is compared: `Exact`, `Prefix` (by whole elements) or `ImplementationSpecific`. */
  pathType?: string;
  /** Where they go. */
  backend: IngressBackend;
}

/** Schema of {@linkcode HTTPIngressPath}. */
export const httpIngressPath: Field<HTTPIngressPath> = object<HTTPIngressPath>(
  "io.k8s.api.networking.v1.HTTPIngressPath",
  () => ({
    path: optional(str),
    pathType: needed(pointer(named("v1.PathType"))),
    backend: needed(ingressBackend),
  }),
);

/** Where requests go, by path. */
export interface HTTPIngressRuleValue {
  /** The paths. */
  paths: HTTPIngressPath[];
}

/** Schema of {@linkcode HTTPIngressRuleValue}. */
export const httpIngressRuleValue: Field<HTTPIngressRuleValue> = object<
  HTTPIngressRuleValue
>(
  "io.k8s.api.networking.v1.HTTPIngressRuleValue",
  () => ({
    paths: list(httpIngressPath, { type: "atomic" }),
  }),
);

/** Where the requests for a host go. */
export interface IngressRule {
  /** The host name, which may begin with `*.`; absent means all. */
  host?: string;
  /** Where they go, by path. */
  http?: HTTPIngressRuleValue;
}

/** Schema of {@linkcode IngressRule}. */
export const ingressRule: Field<IngressRule> = object<IngressRule>(
  "io.k8s.api.networking.v1.IngressRule",
  () => ({
    host: optional(str),
    http: pointer(httpIngressRuleValue),
  }),
);
