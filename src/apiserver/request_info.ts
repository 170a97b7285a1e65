/**
 * What a request asks for, read from its method and path alone, as Kubernetes' `RequestInfo`.
 *
 * @module
 */

/** The parsed head of a request. */
export interface RequestInfo {
  /** The path, decoded segment by segment. */
  readonly path: string;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; the lower-case method for other paths. */
  readonly verb: string;
  readonly params: URLSearchParams;
  /** Absent for paths that name no resource (discovery, health). */
  readonly resource?: ResourcePath;
}

/** The resource that a path names. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** "" for cluster-scoped objects and lists over all namespaces. */
  readonly namespace: string;
  /** "" for collections. */
  readonly name: string;
  readonly subresource: string;
  /** What follows the subresource. */
  readonly rest: readonly string[];
  /** For proxies: what follows `proxy`, as it was sent: "" or a path. */
  readonly proxyPath?: string;
}

/** A proxy's path: what the request is for, and what is the backend's affair. */
const PROXY =
  /^(\/api\/[^/]+\/(?:namespaces\/[^/]+\/)?(?:pods|services|nodes)\/[^/]+\/proxy)(\/.*)?$/;
const NO_PARAMS = new URLSearchParams();
/** What may follow a namespace's own name; anything else is a resource within the namespace. */
const NAMESPACE_SUBRESOURCES = new Set(["status", "finalize"]);

/**
 * Reads a request's head. Answers undefined when the path cannot be decoded or has a segment that no object can have
 * (`.`, `..`, or an encoded slash; the latter may stand in what a proxy passes on).
 */
export function parseRequestInfo(
  method: string,
  url: string,
): RequestInfo | undefined {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const mark = url.indexOf("?", start);
  const raw = mark < 0 ? url.slice(start) : url.slice(start, mark);
  const params = mark < 0 ? NO_PARAMS : new URLSearchParams(url.slice(mark));
  const proxied = raw.includes("/proxy") ? PROXY.exec(raw) : null;
  const path = decodePath(proxied === null ? raw : proxied[1]!);
  if (path === undefined) return undefined;
  const resource = parseResource(path);
  if (proxied !== null && resource !== undefined) {
    const proxyPath = proxied[2] ?? "";
    if (leavesItsFolder(proxyPath)) return undefined;
    return {
      path: path + proxyPath,
      verb: verbOf(method, resource.found.name, params, false),
      params,
      resource: { ...resource.found, proxyPath },
    };
  }
  if (resource === undefined) {
    return { path, verb: method.toLowerCase(), params };
  }
  return {
    path,
    verb: verbOf(method, resource.found.name, params, resource.watch),
    params,
    resource: resource.found,
  };
}

function decodePath(raw: string): string | undefined {
  if (!raw.includes("%")) return raw;
  const segments: string[] = [];
  for (const segment of raw.split("/")) {
    let decoded: string;
    try {
      decoded = decodeURIComponent(segment);
    } catch {
      return undefined;
    }
    if (decoded === "." || decoded === ".." || decoded.includes("/")) {
      return undefined;
    }
    segments.push(decoded);
  }
  return segments.join("/");
}

/** Whether a path has a segment `.` or `..`, however it is written. */
function leavesItsFolder(path: string): boolean {
  return path.split("/").some((segment) => /^(\.|%2e){1,2}$/i.test(segment));
}

function parseResource(
  path: string,
): { found: ResourcePath; watch: boolean } | undefined {
  const segments = path.split("/");
  // A leading slash makes the first segment empty; a trailing slash is tolerated.
  segments.shift();
  if (segments.at(-1) === "") segments.pop();
  const grouped = segments[0] === "apis";
  if (!grouped && segments[0] !== "api") return undefined;
  const head = grouped ? 3 : 2;
  if (segments.length <= head) return undefined;
  const group = grouped ? segments[1]! : "";
  const version = segments[head - 1]!;
  let at = head;
  const watch = segments[at] === "watch" && segments.length > head + 1;
  if (watch) at++;
  let namespace = "";
  if (segments[at] === "namespaces" && segments.length > at + 1) {
    namespace = segments[at + 1]!;
    const next = segments[at + 2];
    if (next !== undefined && !NAMESPACE_SUBRESOURCES.has(next)) at += 2;
  }
  const plural = segments[at]!;
  return {
    watch,
    found: {
      group,
      version,
      plural,
      // The namespace of a namespace is itself for authorisation, but it is stored without one.
      namespace: plural === "namespaces" ? "" : namespace,
      name: segments[at + 1] ?? "",
      subresource: segments[at + 2] ?? "",
      rest: segments.slice(at + 3),
    },
  };
}

function verbOf(
  method: string,
  name: string,
  params: URLSearchParams,
  watchPath: boolean,
): string {
  switch (method) {
    case "GET":
    case "HEAD": {
      if (watchPath) return "watch";
      if (name !== "") return "get";
      const watch = params.get("watch");
      return watch !== null && isTrue(watch) ? "watch" : "list";
    }
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return name === "" ? "deletecollection" : "delete";
    default:
      return method.toLowerCase();
  }
}

/** A boolean query parameter, as Kubernetes reads it: present and neither `false` nor `0`. */
export function isTrue(value: string | null): boolean {
  if (value === null) return false;
  const lower = value.toLowerCase();
  return lower !== "false" && lower !== "0" && lower !== "f";
}
