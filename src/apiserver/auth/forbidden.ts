/**
 * 403 in Kubernetes' words.
 *
 * @module
 */
import { type ApiError, forbidden } from "../../api/status.ts";
import type { AccessRequest } from "./authorizer.ts";
import { goString } from "./go_text.ts";

/** The refusal of a request. @param reason what the authorisers said, or "" */
export function accessForbidden(
  { user, verb, path, resource }: AccessRequest,
  reason: string,
): ApiError {
  const why = reason === "" ? "" : `: ${reason}`;
  if (resource === undefined) {
    return forbidden(
      { group: "", plural: "" },
      "",
      sanitized(
        `User ${goString(user.name)} cannot ${verb} path ${goString(path)}`,
      ) + why,
    );
  }
  const { group, plural, subresource, namespace, name } = resource;
  const what = subresource === "" ? plural : `${plural}/${subresource}`;
  const scope = namespace === ""
    ? "at the cluster scope"
    : `in the namespace ${goString(namespace)}`;
  return forbidden(
    { group, plural },
    name,
    sanitized(
      `User ${goString(user.name)} cannot ${verb} resource ${
        goString(what)
      } in API group ${goString(group)} ${scope}`,
    ) + why,
  );
}

/** Texts that a browser might take for markup. */
function sanitized(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
