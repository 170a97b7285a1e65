/**
 * Headers of proxied requests and answers.
 *
 * @module
 */
import type { Call } from "../call.ts";

/** Headers that are between two neighbours (RFC 9110, section 7.6.1), and who the client is, which is ours to know. */
const NOT_FORWARDED = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "content-length",
  "authorization",
];
/** Who may read an answer is the API server's to say. */
const NOT_ANSWERED = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "access-control-allow-credentials",
  "access-control-allow-headers",
  "access-control-allow-methods",
  "access-control-allow-origin",
];

/** Whether a request wants to switch protocols. */
export function isUpgrade(request: Request): boolean {
  const connection = request.headers.get("connection") ?? "";
  return /(^|[, ])upgrade($|[, ])/i.test(connection);
}

/** What the backend is told. @param uri path and query as the client sent them */
export function forwardedHeaders(call: Call, uri: string): Headers {
  const { request, remote } = call;
  const headers = new Headers(request.headers);
  const connection = headers.get("connection") ?? "";
  const upgrade = isUpgrade(request) ? headers.get("upgrade") : null;
  for (const name of [...NOT_FORWARDED, ...listed(connection)]) {
    headers.delete(name);
  }
  for (const name of [...headers.keys()]) {
    if (name.startsWith("impersonate-")) headers.delete(name);
  }
  if (upgrade !== null) {
    headers.set("connection", "Upgrade");
    headers.set("upgrade", upgrade);
  } else {
    headers.set("connection", "close");
  }
  // HTTP/2 says it elsewhere; a backend must be told, and some break without.
  if (!headers.has("host")) headers.set("host", new URL(request.url).host);
  headers.set("x-forwarded-uri", uri.split("?")[0]!);
  if (remote !== undefined && "hostname" in remote) {
    headers.append("x-forwarded-for", remote.hostname);
  }
  return headers;
}

/** What the client is told. @param options.upgrade whether the answer switches protocols, and says to which */
export function answerHeaders(
  from: Headers,
  options: { upgrade?: boolean } = {},
): Headers {
  const headers = new Headers(from);
  const upgrade = headers.get("upgrade");
  const connection = headers.get("connection") ?? "";
  for (const name of [...NOT_ANSWERED, ...listed(connection)]) {
    headers.delete(name);
  }
  if (options.upgrade && upgrade !== null) headers.set("upgrade", upgrade);
  return headers;
}

/** Headers that `Connection` names. */
function listed(connection: string): string[] {
  return connection.split(",").map((name) => name.trim())
    .filter((name) => /^[\w-]+$/.test(name));
}

/** A redirect to the backend itself, in the proxy's paths; any other is left as it is. */
export function rewriteLocation(
  location: string,
  at: { prefix: string; backendHost: string; requestHost: string },
): string {
  const match = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(.*)$/is
    .exec(location);
  if (match === null) return location;
  const [, scheme = "", host = "", path = "", rest = ""] = match;
  const known = ["", at.backendHost, at.requestHost];
  if (!known.includes(host) || !path.startsWith("/")) return location;
  const origin = host !== "" && host === at.requestHost
    ? `${scheme === "" ? "" : `${scheme}:`}//${host}`
    : "";
  const proxied = path.startsWith(`${at.prefix}/`) ? path : at.prefix + path;
  return origin + proxied + rest;
}
