/**
 * Defaults of containers and what is in them.
 *
 * @module
 */
import type { Container, EphemeralContainer } from "../core/container.ts";
import type { ObjectFieldSelector } from "../core/env.ts";
import type { HTTPGetAction, Probe } from "../core/probe.ts";
import { parseQuantity, roundedToMilli } from "../quantity.ts";
import type { ResourceList } from "../schema/words.ts";

const HOST_PART = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const NAME = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const REFERENCE = new RegExp(
  `^(?:${HOST_PART}(?:\\.${HOST_PART})*(?::[0-9]+)?/)?${NAME}(?:/${NAME})*(?::(\\w[\\w.-]{0,127}))?(@[^@]+)?$`,
);

/** The tag of an image: `latest` when it names neither tag nor digest, "" when it has a digest alone or is no reference to a registry. */
export function imageTag(image: string): string {
  const match = REFERENCE.exec(image);
  if (match === null) return "";
  const [, tag, digest] = match;
  return tag ?? (digest === undefined ? "latest" : "");
}

/** When an image is pulled unless said otherwise: always for `latest`, else only when it is missing. */
export function defaultPullPolicy(image: string): "Always" | "IfNotPresent" {
  return imageTag(image) === "latest" ? "Always" : "IfNotPresent";
}

/** `fieldRef` without a version means v1. */
export function defaultFieldRef(ref: ObjectFieldSelector | undefined): void {
  if (ref !== undefined) ref.apiVersion ??= "v1";
}

/** Amounts finer than a thousandth are rounded up. */
export function defaultResources(list: ResourceList | undefined): void {
  for (const [name, amount] of Object.entries(list ?? {})) {
    if (/[nu.e]/.test(amount)) {
      list![name] = roundedToMilli(parseQuantity(amount));
    }
  }
}

function defaultHttpGet(action: HTTPGetAction | undefined): void {
  if (action === undefined) return;
  action.path ??= "/";
  action.scheme ??= "HTTP";
}

function defaultProbe(probe: Probe | undefined): void {
  if (probe === undefined) return;
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  defaultHttpGet(probe.httpGet);
  if (probe.grpc !== undefined) probe.grpc.service ??= "";
}

/** Fills in what a container leaves open. */
export function defaultContainer(
  container: Container | EphemeralContainer,
): void {
  container.resources ??= {};
  container.imagePullPolicy ??= defaultPullPolicy(container.image ?? "");
  container.terminationMessagePath ??= "/dev/termination-log";
  container.terminationMessagePolicy ??= "File";
  for (const port of container.ports ?? []) port.protocol ??= "TCP";
  for (const { valueFrom } of container.env ?? []) {
    defaultFieldRef(valueFrom?.fieldRef);
    if (valueFrom?.fileKeyRef !== undefined) {
      valueFrom.fileKeyRef.optional ??= false;
    }
  }
  defaultResources(container.resources.limits);
  defaultResources(container.resources.requests);
  defaultProbe(container.livenessProbe);
  defaultProbe(container.readinessProbe);
  defaultProbe(container.startupProbe);
  defaultHttpGet(container.lifecycle?.postStart?.httpGet);
  defaultHttpGet(container.lifecycle?.preStop?.httpGet);
}
