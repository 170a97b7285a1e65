/**
 * DenyServiceExternalIPs: nobody begins to use `externalIPs`, by which a Service can take other people's traffic. Off unless asked for.
 *
 * @module
 */
import type { Service } from "../../api/core/service.ts";
import { type AdmissionPlugin, refusal } from "./admission.ts";

/** The plugin. */
export const denyServiceExternalIPs: AdmissionPlugin = {
  name: "DenyServiceExternalIPs",
  validate(attributes) {
    const { operation, kind, subresource, object, previous } = attributes;
    if (kind.storagePrefix !== "services" || subresource !== "") return;
    if (operation === "DELETE") return;
    const held = (previous as Service | undefined)?.spec.externalIPs ?? [];
    const wanted = (object as Service).spec.externalIPs ?? [];
    if (wanted.every((ip) => held.includes(ip))) return;
    throw refusal(
      attributes,
      "Use of external IPs is denied by admission control",
    );
  },
};
