/**
 * The request of a lifecycle hook.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type { HTTPGetAction } from "../../src/api/core/probe.ts";
import { messageOf } from "../../src/base/errors.ts";
import type { Host } from "../../src/base/host.ts";
import { bracketed } from "../probes/dial_problem.ts";
import { MAX_REQUESTS, redirectWithin } from "../probes/http_probe.ts";
import { portNumber } from "../probes/port_number.ts";

/** Whom a hook's request is for. */
export interface HttpHookTarget {
  readonly container: Container;
  /** The pod's address; absent with hostNetwork. */
  readonly ip?: string;
  readonly signal: AbortSignal;
  /** Called when a server asked by HTTPS turned out to speak HTTP. */
  readonly onFallback: (host: string) => void;
}

/** What the answer to HTTPS looks like from a server that speaks HTTP. */
const NOT_TLS =
  /InvalidContentType|HTTP response to HTTPS|wrong version number/;

/**
 * Asks. Whatever the answer's status is, the hook has been told: as in kubelet, only no answer at all is a failure.
 *
 * @throws when there is no answer
 */
export async function httpHook(
  host: Pick<Host, "net">,
  action: HTTPGetAction,
  target: HttpHookTarget,
): Promise<void> {
  const port = portNumber(action.port, target.container);
  const hostname = action.host || target.ip || "127.0.0.1";
  const path = action.path || "/";
  const rest = `${bracketed(hostname)}:${port}${
    path.startsWith("/") ? path : `/${path}`
  }`;
  const scheme = (action.scheme ?? "HTTP").toLowerCase();
  const headers = hookHeaders(action);
  const ask = (url: string) =>
    request(host, { url, hostname, headers, target });
  try {
    await ask(`${scheme}://${rest}`);
  } catch (error) {
    if (scheme !== "https" || !NOT_TLS.test(messageOf(error))) throw error;
    headers.delete("authorization");
    await ask(`http://${rest}`);
    target.onFallback(`${bracketed(hostname)}:${port}`);
  }
}

async function request(
  host: Pick<Host, "net">,
  { url, hostname, headers, target: { signal } }: {
    url: string;
    hostname: string;
    headers: Headers;
    target: HttpHookTarget;
  },
): Promise<void> {
  let at: string | undefined = url;
  for (let requests = 0; at && requests < MAX_REQUESTS; requests++) {
    const response: Response = await host.net.fetch(
      new Request(at, { headers, redirect: "manual", signal }),
      { insecureSkipVerify: true },
    );
    await response.body?.cancel();
    at = redirectWithin(hostname, {
      at,
      status: response.status,
      location: response.headers.get("location") ?? undefined,
    });
  }
  if (at) {
    throw new Error(`Get "${at}": stopped after ${MAX_REQUESTS} redirects`);
  }
}

function hookHeaders({ httpHeaders = [] }: HTTPGetAction): Headers {
  const headers = new Headers();
  for (const { name, value } of httpHeaders) headers.append(name, value);
  if (!headers.has("user-agent")) {
    headers.set("user-agent", "kube-lifecycle/1.36");
  }
  if (!headers.has("accept")) headers.set("accept", "*/*");
  // A kept connection would outlive the container that it was made for.
  headers.set("connection", "close");
  return headers;
}
