/**
 * Which pod, container and node a stream goes to.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import { badRequest, notFound } from "../../api/status.ts";
import { accessForbidden } from "../auth/forbidden.ts";
import type { Call } from "../call.ts";
import { objectKey } from "../keys.ts";

/** The pod that a request names. @throws {ApiError} 404 */
export function findPod(call: Call): Pod {
  const { api, kind, at } = call;
  const row = api.store.get(objectKey(kind, at));
  if (row === undefined) throw notFound(kind, at.name);
  return JSON.parse(row.text);
}

/** The node of a pod. @throws {ApiError} 400 while it has none */
export function nodeOf(pod: Pod): string {
  const node = pod.spec.nodeName ?? "";
  if (node !== "") return node;
  throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
}

/** The container that is meant. @param asked its name, or "" for the only one @throws {ApiError} 400 when the choice is not clear */
export function chooseContainer(pod: Pod, asked: string): string {
  const { name } = pod.metadata;
  const { containers, initContainers = [], ephemeralContainers = [] } =
    pod.spec;
  const names = [...initContainers, ...containers, ...ephemeralContainers]
    .map((container) => container.name);
  if (asked !== "") {
    if (names.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  if (containers.length === 1) return containers[0]!.name;
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${
      names.join(" ")
    }]`,
  );
}

/**
 * A WebSocket begins with a GET, but who may only read must not run commands: `create` is needed whatever the method, as since
 * Kubernetes 1.35.
 *
 * @throws {ApiError} 403
 */
export function requireCreate(call: Call): void {
  if (call.verb === "create") return;
  const { api, user, at, request } = call;
  const access = {
    user,
    verb: "create",
    path: new URL(request.url).pathname,
    fieldSelector: "",
    resource: at,
  };
  const decision = api.authorizer.authorize(access);
  if (!decision.allowed) throw accessForbidden(access, decision.reason);
}
