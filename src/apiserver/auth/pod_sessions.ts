/**
 * Sessions in pods: a WebSocket begins with a GET, and yet who may only read must not run commands.
 *
 * @see {@link https://github.com/kubernetes/kubernetes/issues/133515}
 * @module
 */
import { forbidden } from "../../api/status.ts";
import type { AccessResource, Authorizer } from "./authorizer.ts";
import type { User } from "./user.ts";

const SESSIONS: readonly string[] = ["exec", "attach", "portforward"];

/** Holds a session, by whatever method it begins, against the right to create one. @throws {ApiError} 403 */
export function authorizeSession(
  authorizer: Authorizer,
  request: {
    readonly user: User;
    readonly verb: string;
    readonly path: string;
    readonly resource: AccessResource;
  },
): void {
  const { resource, verb } = request;
  const { group, plural, subresource, name } = resource;
  if (group !== "" || plural !== "pods" || verb === "create") return;
  if (!SESSIONS.includes(subresource)) return;
  const decision = authorizer.authorize({
    ...request,
    verb: "create",
    fieldSelector: "",
  });
  if (!decision.allowed) throw forbidden(resource, name, decision.reason);
}
