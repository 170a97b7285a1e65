/**
 * All paths that are no resources: health, version, discovery, OpenAPI, debugging, the link, the CA.
 *
 * @module
 */
import { notAcceptable, pathNotFound } from "../api/status.ts";
import { answerJson, answerText } from "./answer.ts";
import type { ApiServer } from "./call.ts";
import { debugState } from "./debug_state.ts";
import { answerHealth, type HealthKind } from "./health.ts";
import { metricsText } from "./metrics.ts";
import { negotiate } from "./negotiate.ts";
import { answerIssuer, answerKeys } from "./openid.ts";
import { answerOpenApi } from "./openapi/answer_openapi.ts";
import type { RequestInfo } from "./request_info.ts";
import { acceptLink, type LinkApp } from "./streams/link_endpoint.ts";
import { versionInfo } from "./version_info.ts";

/** A request for such a path. */
export interface OtherRequest {
  readonly request: Request;
  readonly info: RequestInfo;
  /** The app itself, for requests that come over a link. */
  readonly fetch: LinkApp;
}

/** Where agents connect. They prove who they are in the handshake. */
export const LINK_PATH = "/wherry/v1/link";

/** Paths that check their caller by themselves. */
export function isSelfAuthorized(path: string): boolean {
  return path === LINK_PATH;
}

/** The answer. @throws {ApiError} 404 for an unknown path */
export function answerOther(
  api: ApiServer,
  other: OtherRequest,
): Response | Promise<Response> {
  const { request, info } = other;
  const path = info.path.length > 1 && info.path.endsWith("/")
    ? info.path.slice(0, -1)
    : info.path;
  if (path === LINK_PATH) return acceptLink(api, request, other.fetch);
  if (request.method !== "GET" && request.method !== "HEAD") {
    throw pathNotFound();
  }
  const [, first = "", second = "", third = "", ...more] = path.split("/");
  switch (first) {
    case "livez":
    case "readyz":
    case "healthz":
      return answerHealth(first satisfies HealthKind, api.health, {
        path,
        params: info.params,
      });
    case "":
      if (path !== "/") break;
      return answerJson({ paths: rootPaths(api) });
    case "version":
      return answerJson(versionInfo(api.host.processes.arch));
    case "metrics":
      return plain(metricsText(api));
    case "debug":
      if (second === "state") return answerJson(debugState(api));
      break;
    case "openid":
      if (path === "/openid/v1/jwks") return answerKeys(api);
      break;
    case ".well-known":
      if (path === "/.well-known/openid-configuration") {
        return answerIssuer(api);
      }
      break;
    case "openapi":
      return answerOpenApi(api.openapi, request, { path, params: info.params });
    case "wherry":
      if (path === "/wherry/v1/ca.crt") return plain(api.caCertificate);
      break;
    case "api":
    case "apis":
      if (more.length === 0) {
        return answerDiscovery(api, request, [first, second, third]);
      }
  }
  throw pathNotFound();
}

function answerDiscovery(
  api: ApiServer,
  request: Request,
  [root, second, third]: [string, string, string],
): Response {
  const accept = negotiate(request.headers.get("accept"));
  if (accept === undefined) throw notAcceptable(["application/json"]);
  const { discovery } = api;
  const core = root === "api";
  if (second === "" && accept.discovery !== undefined) {
    const version = accept.discovery;
    const { text, tag } = discovery.aggregated(
      core ? "core" : "groups",
      version,
    );
    if (request.headers.get("if-none-match") === tag) {
      return new Response(null, {
        status: 304,
        headers: { etag: tag, vary: "Accept" },
      });
    }
    const answer = answerText(text, {
      acceptEncoding: request.headers.get("accept-encoding"),
    });
    answer.headers.set("etag", tag);
    answer.headers.set(
      "content-type",
      `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    );
    answer.headers.set("vary", "Accept");
    return answer;
  }
  const body = core
    ? second === ""
      ? discovery.coreVersions()
      : third === ""
      ? discovery.resources("", second)
      : undefined
    : second === ""
    ? discovery.groups()
    : third === ""
    ? discovery.group(second)
    : discovery.resources(second, third);
  if (body === undefined) throw pathNotFound();
  return answerText(JSON.stringify(body), { media: accept.media });
}

function rootPaths(api: ApiServer): string[] {
  const versions = new Set<string>(["/api", "/apis"]);
  for (const { group, version } of api.registry.all) {
    if (group === "") versions.add(`/api/${version}`);
    else versions.add(`/apis/${group}`).add(`/apis/${group}/${version}`);
  }
  return [
    ...versions,
    "/.well-known/openid-configuration",
    "/healthz",
    "/livez",
    "/metrics",
    "/openapi/v2",
    "/openapi/v3",
    "/openid/v1/jwks",
    "/readyz",
    "/version",
  ].sort();
}

function plain(text: string): Response {
  return new Response(text, {
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-cache, private",
    },
  });
}
