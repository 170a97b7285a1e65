/**
 * Requests that are passed on to a backend behind a node's link: pods/proxy, services/proxy, and the ports of a node.
 *
 * @module
 */
import { HostError } from "../../base/host.ts";
import { type Http1Answer, requestOver } from "../../base/http1.ts";
import { messageOf } from "../../base/errors.ts";
import { serviceUnavailable } from "../../api/status.ts";
import type { Call } from "../call.ts";
import { openNodeStream, reasonOf } from "./node_stream.ts";
import {
  answerHeaders,
  forwardedHeaders,
  isUpgrade,
  rewriteLocation,
} from "./proxy_headers.ts";
import { isPage, rewritePage } from "./rewrite_html.ts";
import { takeConnection } from "./upgrade.ts";

/** Where requests go. */
export interface ProxyTarget {
  /** Whose link leads there. */
  readonly node: string;
  /** An address that the node reaches. */
  readonly host: string;
  /** Where it listens. */
  readonly port: number;
  /** Whether to speak TLS. */
  readonly scheme: "http" | "https";
  /** The address is the node's own loopback. */
  readonly onNode?: boolean;
}

/** What the URL of a proxied request says. */
export interface ProxyUrl {
  /** As sent, up to `/proxy`. */
  readonly prefix: string;
  /** What the backend gets: path and query. */
  readonly path: string;
}

/** Cuts the URL of a proxied request. */
export function proxyUrlOf(call: Call): ProxyUrl {
  const { url } = call.request;
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const mark = url.indexOf("?", start);
  const whole = mark < 0 ? url.slice(start) : url.slice(start, mark);
  const query = mark < 0 ? "" : url.slice(mark);
  const path = call.at.proxyPath ?? "";
  const prefix = whole.slice(0, whole.length - path.length);
  return { prefix, path: (path === "" ? "/" : path) + query };
}

/** A browser that asks for `…/proxy` is sent to `…/proxy/`, or the page's links would miss a segment; undefined where that is not needed. */
export function redirectToFolder(call: Call): Response | undefined {
  const { request, at } = call;
  const reads = request.method === "GET" || request.method === "HEAD";
  if (!reads || at.proxyPath !== "" || isUpgrade(request)) return undefined;
  const { prefix, path } = proxyUrlOf(call);
  return new Response(null, {
    status: 301,
    headers: { location: prefix + path },
  });
}

/**
 * Passes a request on and its answer back, also one that switches protocols.
 *
 * @throws {ApiError} 503 in kube-apiserver's words when the backend cannot be reached or does not speak HTTP
 */
export async function proxyRequest(
  call: Call,
  target: ProxyTarget,
): Promise<Response> {
  const { request } = call;
  const redirect = redirectToFolder(call);
  if (redirect !== undefined) return redirect;
  const { prefix, path } = proxyUrlOf(call);
  const length = request.headers.get("content-length");
  let answer: Http1Answer;
  try {
    const stream = await openBackend(call, target);
    answer = await requestOver(stream, {
      method: request.method,
      path,
      headers: forwardedHeaders(call, prefix + path),
      body: request.body,
      ...(length === null || request.body === null
        ? {}
        : { bodyBytes: Number(length) }),
    }, { signal: request.signal });
  } catch (error) {
    if (request.signal.aborted) return clientLeft();
    throw unreachable(error);
  }
  if (answer.switched !== undefined) return passThrough(call, answer);
  const headers = answerHeaders(answer.headers);
  const location = headers.get("location");
  const at = {
    prefix,
    backendHost: hostText(target),
    requestHost: request.headers.get("host") ?? "",
  };
  const rewrite = (url: string) => rewriteLocation(url, at);
  if (location !== null) headers.set("location", rewrite(location));
  const { status, statusText } = answer;
  // as kube-apiserver does: either is changed, the redirect or the page
  const body = answer.body !== null && location === null && isPage(headers)
    ? await rewritePage(answer.body, headers, rewrite)
    : answer.body;
  return new Response(body, { status, statusText, headers });
}

/** What nobody gets: the client left before it was answered. */
export function clientLeft(): Response {
  return new Response(null, { status: 503 });
}

/** The stream to the backend, encrypted where that is asked for. As kube-apiserver does, whoever answers there is believed. */
async function openBackend(call: Call, target: ProxyTarget) {
  const { node, host, port, onNode, scheme } = target;
  const stream = openNodeStream(call.api, node, {
    type: "connect",
    host,
    port,
    ...(onNode ? { node: true } : {}),
  });
  if (scheme === "http") return stream;
  const secure = await call.api.host.net.startTls(stream, {
    serverName: host,
    insecureSkipVerify: true,
  });
  return {
    readable: secure.readable,
    writable: secure.writable,
    reset(reason: string) {
      secure.close();
      stream.reset(reason);
    },
  };
}

/** Joins client and backend after a 101, until one of them ends. */
function passThrough(call: Call, answer: Http1Answer): Response {
  const { api, request } = call;
  const backend = answer.switched!;
  const { stream, response } = takeConnection(
    api,
    request,
    Object.fromEntries(answerHeaders(answer.headers, { upgrade: true })),
  );
  api.host.spawn("proxied upgrade", async () => {
    const up = stream.readable.pipeTo(backend.writable);
    const down = backend.readable.pipeTo(stream.writable);
    await Promise.race([up, down]).catch(() => {});
    stream.close();
    await Promise.allSettled([up, down]);
  });
  return response;
}

function unreachable(error: unknown): Error {
  const why = error instanceof HostError ? reasonOf(error) : messageOf(error);
  return serviceUnavailable(`error trying to reach service: ${why}`);
}

function hostText({ host, port }: ProxyTarget): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
