/**
 * The columns of ingresses and their classes.
 *
 * @module
 */
import type { Column, KubeObject } from "../kind.ts";
import type { Ingress } from "../networking/ingress.ts";
import type { IngressClass } from "../networking/ingress_class.ts";
import { ageColumn, column, nameColumn } from "./common.ts";

const SHOWN_HOSTS = 3;

/** Host names; of many only the first ones. */
function hostsOf({ spec }: Ingress): string {
  const { rules = [] } = spec;
  const hosts: string[] = [];
  let more = false;
  for (const { host = "" } of rules) {
    if (hosts.length === SHOWN_HOSTS) more = true;
    else if (host !== "") hosts.push(host);
  }
  if (hosts.length === 0) return "*";
  const text = hosts.join(",");
  return more ? `${text} + ${rules.length - SHOWN_HOSTS} more...` : text;
}

function addressesOf({ status }: Ingress): string {
  const found = (status?.loadBalancer?.ingress ?? [])
    .map(({ ip, hostname }) => ip ?? hostname ?? "")
    .filter((address) => address !== "");
  return [...new Set(found)].sort().join(",");
}

/** Columns of Ingresses. */
export const ingressColumns: readonly Column<Ingress>[] = [
  nameColumn(),
  column("Class", ({ spec }) => spec.ingressClassName ?? "<none>", {
    description: "The class, which tells the controller that serves it",
  }),
  column("Hosts", hostsOf, { description: "Host names of its rules" }),
  column("Address", addressesOf, {
    description: "Addresses that lead here",
  }),
  column("Ports", ({ spec }) => spec.tls === undefined ? "80" : "80, 443", {
    description: "Ports that it is served on",
  }),
  ageColumn(),
];

/** Whether an ingress class is the one for Ingresses that name none. */
export function isDefaultIngressClass({ metadata }: KubeObject): boolean {
  const key = "ingressclass.kubernetes.io/is-default-class";
  return metadata.annotations?.[key] === "true";
}

function parametersOf({ spec: { parameters } }: IngressClass): string {
  if (parameters === undefined) return "<none>";
  const { apiGroup, kind, name } = parameters;
  return `${kind}${apiGroup === undefined ? "" : `.${apiGroup}`}/${name}`;
}

/** Columns of IngressClasses. */
export const ingressClassColumns: readonly Column<IngressClass>[] = [
  {
    ...nameColumn<IngressClass>(),
    cell: (object) =>
      `${object.metadata.name ?? ""}${
        isDefaultIngressClass(object) ? " (default)" : ""
      }`,
  },
  column("Controller", ({ spec }) => spec.controller ?? "", {
    description: "Name of the controller",
  }),
  column("Parameters", parametersOf, {
    description: "What the controller is told",
  }),
  ageColumn(),
];
