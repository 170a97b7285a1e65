/**
 * What verbs check about the object that a client sent.
 *
 * @module
 */
import type { KubeObject } from "../../api/kind.ts";
import type { AnyKind } from "../../api/registry.ts";
import { badRequest } from "../../api/status.ts";
import { accessForbidden } from "../auth/forbidden.ts";
import type { Call } from "../call.ts";

/** How the body of a kind's object is read. */
export function bodyOptions(
  { schema }: AnyKind,
): { readonly protobuf: boolean } {
  return { protobuf: schema.type !== undefined };
}

/** An object has the name of its path. @throws {ApiError} 400 when it names another, or none */
export function checkName(name: string | undefined, wanted: string): void {
  if (!name) {
    throw badRequest(
      `the name of the object (${wanted} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (name !== wanted) {
    throw badRequest(
      `the name of the object (${name}) does not match the name on the URL (${wanted})`,
    );
  }
}

/** Who makes an object by an update or a patch must be allowed to make one. @throws {ApiError} 403 */
export function authorizeCreate({ api, user, at, request }: Call): void {
  const wanted = {
    user,
    verb: "create",
    path: new URL(request.url).pathname,
    fieldSelector: "",
    resource: at,
  };
  const decision = api.authorizer.authorize(wanted);
  if (!decision.allowed) throw accessForbidden(wanted, decision.reason);
}

/** The start of the warning about owners that are named twice. */
const OWNERS_TWICE = ".metadata.ownerReferences contains duplicate entries";

/** Drops owners that are named twice, in place, and warns of them. */
export function dropRepeatedOwners(
  { metadata }: KubeObject,
  warnings: string[],
): void {
  const owners = metadata.ownerReferences;
  if (owners === undefined || owners.length < 2) return;
  // By their texts: to compare each with each would take too long for thousands.
  const seen = new Set<string>();
  const repeated: string[] = [];
  const kept = owners.filter((owner) => {
    const text = JSON.stringify(Object.entries(owner).sort());
    const isNew = !seen.has(text);
    if (isNew) seen.add(text);
    else repeated.push(owner.uid);
    return isNew;
  });
  if (kept.length === owners.length) return;
  metadata.ownerReferences = kept;
  warnings.push(
    `${OWNERS_TWICE}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${`[${
      repeated.join(" ")
    }]`}`,
  );
}
