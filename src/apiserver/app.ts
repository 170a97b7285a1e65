/**
 * The API server as a Hono app: one generic path for every request.
 *
 * ```text
 *   authenticate → wait for a turn → authorise → find the route → decode → admission → validate → store → encode
 * ```
 *
 * @module
 */
import { Hono } from "hono";
import type { ConnectionInfo } from "../base/host.ts";
import { parseFieldSelector } from "../api/selector.ts";
import { notAcceptable, pathNotFound } from "../api/status.ts";
import type { AccessRequest, AccessResource } from "./auth/authorizer.ts";
import { accessForbidden } from "./auth/forbidden.ts";
import { impersonated } from "./auth/impersonation.ts";
import type { User } from "./auth/user.ts";
import type { ApiServer } from "./call.ts";
import { answerError } from "./error_handler.ts";
import { type AcceptedForm, negotiate } from "./negotiate.ts";
import { answerOther, isSelfAuthorized } from "./other_routes.ts";
import {
  parseRequestInfo,
  type RequestInfo,
  type ResourcePath,
} from "./request_info.ts";
import { findRoute } from "./routes.ts";
import type { LinkApp } from "./streams/link_endpoint.ts";
import { isRaw } from "./subresources/subresources.ts";
import { viewOf } from "./view.ts";

/** What the caller of `fetch` knows of a request beside the request itself. */
export interface RequestEnv {
  /** The identity, for requests that do not come over the network. Absent: the request's credentials decide. */
  readonly user?: User;
  readonly connection?: ConnectionInfo;
}

/** The app's type. */
export type ApiApp = Hono<{ Bindings: RequestEnv }>;

/** Makes the app of a server. */
export function createApp(api: ApiServer): ApiApp {
  const app: ApiApp = new Hono<{ Bindings: RequestEnv }>();
  const fetch: LinkApp = (request, env) => app.fetch(request, env);
  app.all(
    "*",
    (context) =>
      serve(api, { request: context.req.raw, env: context.env ?? {}, fetch }),
  );
  app.onError((error, context) => answerError(api, error, context.req.raw));
  return app;
}

async function serve(
  api: ApiServer,
  incoming: { request: Request; env: RequestEnv; fetch: LinkApp },
): Promise<Response> {
  const { request, env } = incoming;
  const info = parseRequestInfo(request.method, request.url);
  if (info === undefined) throw pathNotFound();
  const user = impersonated(
    api.authorizer,
    env.user ?? api.authenticator.authenticate(request, env.connection),
    request.headers,
  );
  const entering = api.flows.enter(user, info);
  const ticket = entering instanceof Promise ? await entering : entering;
  try {
    const answer = await answerRequest(api, { ...incoming, info, user });
    ticket.mark(answer);
    return answer;
  } finally {
    ticket.release();
  }
}

async function answerRequest(
  api: ApiServer,
  incoming: {
    readonly request: Request;
    readonly info: RequestInfo;
    readonly user: User;
    readonly fetch: LinkApp;
    readonly env: RequestEnv;
  },
): Promise<Response> {
  const { request, info, user } = incoming;
  const remote = incoming.env.connection?.remote;
  if (info.resource === undefined) {
    if (!isSelfAuthorized(info.path)) authorize(api, user, info);
    return await answerOther(api, incoming);
  }
  authorize(api, user, info);
  const route = findRoute(api, info, request.method);
  const accept = isRaw(info.resource.subresource)
    ? ANY_FORM
    : negotiate(request.headers.get("accept"));
  if (accept === undefined) throw notAcceptable(ANSWER_MEDIA_TYPES);
  const view = viewOf(route.kind);
  const { deprecation } = route.kind;
  return await route.handler({
    api,
    request,
    ...(remote === undefined ? {} : { remote }),
    user,
    verb: info.verb,
    at: info.resource,
    params: info.params,
    kind: route.kind,
    ...(view === undefined ? {} : { view }),
    accept,
    warnings: deprecation === undefined ? [] : [deprecation],
  });
}

/** What is no API object comes in a form of its own. */
const ANY_FORM: AcceptedForm = { media: "json", form: "object" };
const ANSWER_MEDIA_TYPES = ["application/json", "application/yaml"];

/** Asks the authoriser. @throws {ApiError} 403 in Kubernetes' words */
export function authorize(api: ApiServer, user: User, info: RequestInfo): void {
  const { resource, verb, path, params } = info;
  const fieldSelector = params.get("fieldSelector") ?? "";
  const request: AccessRequest = {
    user,
    verb,
    path,
    fieldSelector,
    ...(resource === undefined
      ? {}
      : { resource: accessResource(resource, fieldSelector) }),
  };
  const decision = api.authorizer.authorize(request);
  if (!decision.allowed) throw accessForbidden(request, decision.reason);
}

/** What authorisers are asked about: a namespace lies within itself, and a collection of which one name is asked for counts as that object. */
function accessResource(
  resource: ResourcePath,
  fieldSelector: string,
): AccessResource {
  const { group, plural, name } = resource;
  if (plural === "namespaces" && group === "" && name !== "") {
    return { ...resource, namespace: name };
  }
  if (name !== "" || !fieldSelector.includes("metadata.name")) return resource;
  try {
    const only = parseFieldSelector(fieldSelector).exact("metadata.name");
    return only === undefined ? resource : { ...resource, name: only };
  } catch {
    // The verb will refuse the selector; until then it gives no right.
    return resource;
  }
}
