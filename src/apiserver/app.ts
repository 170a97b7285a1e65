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
import {
  AUDIT_ID_HEADER,
  audited,
  auditIdOf,
  keepRequest,
} from "./audit/audited.ts";
import type { Trail } from "./audit/trail.ts";
import type {
  AccessRequest,
  AccessResource,
  Decision,
} from "./auth/authorizer.ts";
import { accessForbidden } from "./auth/forbidden.ts";
import { impersonated } from "./auth/impersonation.ts";
import { authorizeNodePath } from "./auth/node_paths.ts";
import { authorizeSession } from "./auth/pod_sessions.ts";
import type { User } from "./auth/user.ts";
import type { ApiServer } from "./call.ts";
import { warningHeader } from "./answer.ts";
import { answerRegistry, isRegistryPath } from "./image_registry.ts";
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
  app.onError((error, { req: { raw } }) =>
    named(answerError(api, error, raw), auditIdOf(raw, () => uuidOf(api)))
  );
  return app;
}

interface Incoming {
  readonly request: Request;
  readonly env: RequestEnv;
  readonly fetch: LinkApp;
}

async function serve(api: ApiServer, incoming: Incoming): Promise<Response> {
  const { request, env } = incoming;
  const info = parseRequestInfo(request.method, request.url);
  if (info === undefined) throw pathNotFound();
  const auditID = auditIdOf(request, () => uuidOf(api));
  const { audit } = api;
  if (audit === undefined) {
    return named(await follow(api, { ...incoming, info }), auditID);
  }
  const remote = remoteOf(env);
  const followed = {
    request,
    info,
    auditID,
    ...remote === undefined ? {} : { remote },
  };
  const answer = await audited(audit, followed, {
    answer: (trail) => follow(api, { ...incoming, info, trail }),
    fail: (error) => answerError(api, error, request),
  });
  return named(answer, auditID);
}

/** Finds out who asks, waits for their turn, and answers. */
async function follow(
  api: ApiServer,
  incoming: Incoming & { readonly info: RequestInfo; readonly trail?: Trail },
): Promise<Response> {
  const { request, env, info, trail } = incoming;
  const sender = env.user ??
    api.authenticator.authenticate(request, env.connection, {
      basic: isRegistryPath(info.path),
    });
  if (trail !== undefined) {
    await trail.identified(sender);
    await keepRequest(trail, incoming);
  }
  const user = impersonated(api.authorizer, {
    sender,
    headers: request.headers,
    asked: () => accessRequest(sender, info),
  });
  if (user !== sender) trail?.impersonates(user);
  const entering = api.flows.enter(user, info);
  const ticket = entering instanceof Promise ? await entering : entering;
  try {
    const answer = await answerRequest(api, {
      ...incoming,
      user,
      leave: ticket.release,
    });
    ticket.mark(answer);
    return answer;
  } finally {
    ticket.release();
  }
}

function uuidOf(api: ApiServer): string {
  return api.host.random.uuid();
}

function remoteOf({ connection }: RequestEnv): string | undefined {
  const remote = connection?.remote;
  return remote !== undefined && "hostname" in remote
    ? remote.hostname
    : undefined;
}

/** The headers of a switched protocol are the protocol's. */
function named(answer: Response, auditID: string): Response {
  if (answer.status !== 101) answer.headers.set(AUDIT_ID_HEADER, auditID);
  return answer;
}

async function answerRequest(
  api: ApiServer,
  incoming: {
    readonly request: Request;
    readonly info: RequestInfo;
    readonly user: User;
    readonly fetch: LinkApp;
    readonly env: RequestEnv;
    readonly trail?: Trail;
    leave(): void;
  },
): Promise<Response> {
  const { request, info, user, trail } = incoming;
  const remote = incoming.env.connection?.remote;
  if (info.resource === undefined) {
    if (isRegistryPath(info.path)) {
      const answer = await answerRegistry(api, {
        ...incoming,
        authorize: () => authorize(api, user, info, trail),
      });
      if (answer === undefined) throw pathNotFound();
      return answer;
    }
    if (!isSelfAuthorized(info.path)) authorize(api, user, info, trail);
    return await answerOther(api, incoming);
  }
  authorize(api, user, info, trail);
  const { verb, path, resource } = info;
  authorizeSession(api.authorizer, { user, verb, path, resource });
  const route = findRoute(api, info, request.method);
  const accept = isRaw(info.resource.subresource)
    ? ANY_FORM
    : negotiate(request.headers.get("accept"));
  if (accept === undefined) throw notAcceptable(ANSWER_MEDIA_TYPES);
  const view = viewOf(route.kind);
  const { deprecation } = route.kind;
  const warnings = deprecation === undefined ? [] : [deprecation];
  try {
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
      warnings,
      ...(trail === undefined ? {} : { trail }),
    });
  } catch (error) {
    if (warnings.length === 0) throw error;
    // Who is refused is warned all the same.
    const refusal = answerError(api, error, request);
    for (const text of warnings) {
      refusal.headers.append("warning", warningHeader(text));
    }
    return refusal;
  }
}

/** What is no API object comes in a form of its own. */
const ANY_FORM: AcceptedForm = { media: "json", form: "object" };
const ANSWER_MEDIA_TYPES = ["application/json", "application/yaml"];

/** Asks the authoriser. @throws {ApiError} 403 in Kubernetes' words */
export function authorize(
  api: ApiServer,
  user: User,
  info: RequestInfo,
  trail?: Trail,
): void {
  const request = accessRequest(user, info);
  const decision = authorizeNodePath(api.authorizer, request);
  if (trail !== undefined) tellDecision(trail, decision);
  if (!decision.allowed) throw accessForbidden(request, decision.reason);
}

function tellDecision({ annotations }: Trail, decision: Decision): void {
  const { allowed } = decision;
  annotations.set(
    "authorization.k8s.io/decision",
    allowed ? "allow" : "forbid",
  );
  annotations.set(
    "authorization.k8s.io/reason",
    allowed ? decision.why?.() ?? "" : decision.reason,
  );
}

function accessRequest(user: User, info: RequestInfo): AccessRequest {
  const { resource, verb, path, params } = info;
  const fieldSelector = params.get("fieldSelector") ?? "";
  return {
    user,
    verb,
    path,
    fieldSelector,
    ...(resource === undefined ? {} : {
      resource: accessResource(
        resource,
        READS_MANY.includes(verb) ? fieldSelector : "",
      ),
    }),
  };
}

/** Only these may be narrowed to one name by a selector: a create does not look at it, so that it must give no right there. */
const READS_MANY: readonly string[] = ["list", "watch"];

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
