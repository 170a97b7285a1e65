/**
 * Which handler answers a resource request.
 *
 * @module
 */
import type { Verb } from "../api/kind.ts";
import type { AnyKind } from "../api/registry.ts";
import { methodNotAllowed, pathNotFound } from "../api/status.ts";
import type { ApiServer, Handler } from "./call.ts";
import {
  getComponentStatus,
  listComponentStatuses,
} from "./component_status.ts";
import type { RequestInfo } from "./request_info.ts";
import {
  createLocalSubjectAccessReview,
  createSelfSubjectAccessReview,
  createSubjectAccessReview,
} from "./reviews/access_review.ts";
import { createSelfSubjectRulesReview } from "./reviews/rules_review.ts";
import {
  createSelfSubjectReview,
  createTokenReview,
} from "./reviews/token_review.ts";
import { createBinding } from "./subresources/pod_binding.ts";
import { subresourceHandlers } from "./subresources/subresources.ts";
import {
  getNodeMetrics,
  getPodMetrics,
  listNodeMetrics,
  listPodMetrics,
} from "./usage/usage_handlers.ts";
import { create } from "./verbs/create.ts";
import { deleteOne } from "./verbs/delete.ts";
import { deleteCollection } from "./verbs/delete_collection.ts";
import { get } from "./verbs/get.ts";
import { list } from "./verbs/list.ts";
import { patch } from "./verbs/patch.ts";
import { update } from "./verbs/update.ts";
import { watch } from "./verbs/watch.ts";

/** A found route. */
export interface Route {
  readonly kind: AnyKind;
  readonly handler: Handler;
}

const VERBS: Readonly<Record<Verb, Handler>> = {
  create,
  get,
  list,
  watch,
  update,
  patch,
  delete: deleteOne,
  deletecollection: deleteCollection,
};

/** Kinds that are not stored: what their verbs do instead, by storage prefix. */
const UNSTORED: Readonly<Record<string, Partial<Record<Verb, Handler>>>> = {
  bindings: { create: createBinding },
  componentstatuses: { get: getComponentStatus, list: listComponentStatuses },
  "authentication/tokenreviews": { create: createTokenReview },
  "authentication/selfsubjectreviews": { create: createSelfSubjectReview },
  "authorization/subjectaccessreviews": { create: createSubjectAccessReview },
  "authorization/localsubjectaccessreviews": {
    create: createLocalSubjectAccessReview,
  },
  "authorization/selfsubjectaccessreviews": {
    create: createSelfSubjectAccessReview,
  },
  "authorization/selfsubjectrulesreviews": {
    create: createSelfSubjectRulesReview,
  },
  "metrics/nodes": { get: getNodeMetrics, list: listNodeMetrics },
  "metrics/pods": { get: getPodMetrics, list: listPodMetrics },
};

/** Verbs of a collection; the others need a name. */
const COLLECTION_VERBS: readonly string[] = [
  "create",
  "list",
  "watch",
  "deletecollection",
];

/**
 * Finds the handler.
 *
 * @throws {ApiError} 404 for an unknown resource, 405 for a method that it does not have
 */
export function findRoute(
  api: ApiServer,
  info: RequestInfo,
  method: string,
): Route {
  const at = info.resource!;
  const kind = api.registry.byPlural(at);
  if (kind === undefined) throw pathNotFound();
  if (at.namespace !== "" && !kind.namespaced) throw pathNotFound();
  if (at.subresource !== "") {
    const handlers = subresourceHandlers(kind, at.subresource);
    if (handlers === undefined) throw pathNotFound();
    // A method may be called like something that every object has.
    if (!Object.hasOwn(handlers, info.verb)) throw methodNotAllowed();
    const handler = handlers[info.verb]!;
    if (at.rest.length > 0) throw pathNotFound();
    if (kind.namespaced && at.namespace === "") throw pathNotFound();
    return { kind, handler };
  }
  if (!Object.hasOwn(VERBS, info.verb)) throw methodNotAllowed();
  const verb = info.verb as Verb;
  const named = at.name !== "";
  if (named === COLLECTION_VERBS.includes(verb) || !kind.verbs.includes(verb)) {
    throw methodNotAllowed();
  }
  if (named && kind.namespaced && at.namespace === "") throw pathNotFound();
  const handler = UNSTORED[kind.storagePrefix]?.[verb] ?? VERBS[verb];
  return { kind, handler: method === "HEAD" ? withoutBody(handler) : handler };
}

function withoutBody(handler: Handler): Handler {
  return async (call) => {
    const answer = await handler(call);
    await answer.body?.cancel();
    return new Response(null, answer);
  };
}
