import { column, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  needed,
  object,
  optional,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";
import {
  ipAddressName,
  validateIpAddress,
  validateIpAddressUpdate,
} from "../validation/ip_address.ts";

/** The object that an address belongs to. */
export interface ParentReference {
  /** Its group. */
  group?: string;
  /** Its plural. */
  resource?: string;
  /** Its namespace. */
  namespace?: string;
  /** Its name. */
  name?: string;
}

/** Schema of {@linkcode ParentReference}. */
export const parentReference: Field<ParentReference> = object<ParentReference>(
  "io.k8s.api.networking.v1.ParentReference",
  () => ({
    group: optional(str),
    resource: needed(optional(str)),
    namespace: optional(str),
    name: needed(optional(str)),
  }),
);

/** Whose an address is. */
export interface IPAddressSpec {
  /** The object; cannot change. */
  parentRef?: ParentReference;
}

/** Schema of {@linkcode IPAddressSpec}. */
export const ipAddressSpec: Field<IPAddressSpec> = object<IPAddressSpec>(
  "io.k8s.api.networking.v1.IPAddressSpec",
  () => ({
    parentRef: needed(pointer(parentReference)),
  }),
);

/** An IP address that is taken; its name is the address. */
export interface IPAddress extends KubeObject {
  /** Whose it is. */
  spec: IPAddressSpec;
}

/** Schema of {@linkcode IPAddress}. */
export const ipAddress: Field<IPAddress> = object<IPAddress>(
  "io.k8s.api.networking.v1.IPAddress",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: needed(ipAddressSpec),
  }),
);

function parentText({ parentRef }: IPAddressSpec): string {
  if (parentRef === undefined) return "<none>";
  const { group = "", resource = "", namespace = "", name = "" } = parentRef;
  const kind = (group === "" ? resource : `${resource}.${group}`).toLowerCase();
  return [kind, ...(namespace === "" ? [] : [namespace]), name].join("/");
}

/** Addresses that are taken. */
export const ipAddresses: Kind<IPAddress> = defineKind({
  group: "networking.k8s.io",
  version: "v1",
  kind: "IPAddress",
  plural: "ipaddresses",
  namespaced: false,
  shortNames: ["ip"],
  type: ipAddress,
  nameRule: ipAddressName,
  validate: validateIpAddress,
  validateUpdate: validateIpAddressUpdate,
  columns: [
    nameColumn(),
    column("ParentRef", ({ spec }) => parentText(spec), {
      description: "The object that it belongs to",
    }),
  ],
});
