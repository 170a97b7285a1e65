/**
 * What the agent answers: to the server on the link, to the machine on its health port and to its user on its local socket.
 *
 * @module
 */
import { messageOf } from "../../src/base/errors.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import { LOCAL_STORAGE_PATH } from "../../src/api/volumes/local_path.ts";
import { containerLogs, type LogSource } from "../logs/container_logs.ts";

/** The parts of the agent that answers come from. */
export interface Answers {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The pods with their newest statuses. */
  readonly pods: () => readonly Pod[];
  /** A pod by its names. */
  readonly pod: (namespace: string, name: string) => LogSource | undefined;
  readonly state: () => unknown;
  /** Path of the local socket; absent without one. */
  readonly socketPath?: string;
  /** Answers what kubelet answers about usage: `/stats`, `/metrics` and below, `/configz`. */
  readonly usage?: (request: Request) => Promise<Response>;
  /** Takes manifests of pods: what is asked at `/manifests` and below. */
  readonly manifests?: (request: Request) => Promise<Response>;
  /** Removes the folder of a volume whose claim is gone. @throws {RangeError} when it is none; {Error} when it is used, or cannot be removed */
  readonly removeLocalVolume?: (path: string) => Promise<void>;
  /** Loads an image archive; answers the images' names. Absent without a container runtime of our own. */
  readonly importImage?: (path: string) => Promise<readonly string[]>;
}

/** First segments of what is asked about usage and configuration. */
const USAGE_PATHS: readonly string[] = [
  "stats",
  "metrics",
  "configz",
  "runningpods",
];

/** Answers the server: kubelet's own paths. */
export function serverRequest(
  answers: Answers,
  request: Request,
): Response | Promise<Response> {
  const url = new URL(request.url);
  if (request.method === "DELETE" && url.pathname === LOCAL_STORAGE_PATH) {
    return removeVolume(answers, url.searchParams.get("path") ?? "");
  }
  if (request.method !== "GET") return text(405, "method not allowed");
  const [first, namespace, pod, container] = url.pathname.slice(1).split("/")
    .map(decodeURIComponent);
  if (first === "pods") return podList(answers);
  if (answers.usage && USAGE_PATHS.includes(first!)) {
    return answers.usage(request);
  }
  if (first !== "containerLogs") return machineRequest(answers, request);
  const source = namespace && pod ? answers.pod(namespace, pod) : undefined;
  if (!source || !container) {
    return text(404, `pod "${namespace}/${pod}" not found`);
  }
  return containerLogs(source, container, {
    params: url.searchParams,
    now: answers.now(),
  });
}

async function removeVolume(answers: Answers, path: string): Promise<Response> {
  try {
    await answers.removeLocalVolume?.(path);
    return text(200, "removed");
  } catch (error) {
    return text(error instanceof RangeError ? 400 : 500, messageOf(error));
  }
}

/** Answers on 127.0.0.1, where every user of the machine may ask: nothing secret. */
export function machineRequest(answers: Answers, request: Request): Response {
  switch (new URL(request.url).pathname) {
    case "/healthz":
    case "/healthz/ping":
    case "/healthz/log":
    case "/healthz/syncloop":
    case "/livez":
    case "/readyz":
      return text(200, "ok");
    case "/debug/state":
      return json(answers.state());
    case "/local-socket":
      return answers.socketPath
        ? text(200, answers.socketPath)
        : text(404, "this agent has no local socket");
  }
  return text(404, "404 page not found");
}

/** Answers on the local socket, which only its owner can open. */
export async function localRequest(
  answers: Answers,
  request: Request,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/pods") return podList(answers);
  if (answers.manifests && /^\/manifests(\/|$)/.test(pathname)) {
    return await answers.manifests(request);
  }
  if (pathname !== "/images/import") return machineRequest(answers, request);
  if (request.method !== "POST") return text(405, "method not allowed");
  if (!answers.importImage) {
    return text(
      501,
      "this node's container runtime is not the agent's own: load the image with the runtime's tools",
    );
  }
  try {
    const { path } = await request.json() as { path?: unknown };
    if (typeof path !== "string") {
      return text(
        400,
        'Could not import an image: the body must be {"path": "…"}',
      );
    }
    return json({ images: await answers.importImage(path) });
  } catch (error) {
    return text(400, messageOf(error));
  }
}

function podList(answers: Answers): Response {
  return json({
    kind: "PodList",
    apiVersion: "v1",
    metadata: {},
    items: answers.pods(),
  });
}

function text(status: number, body: string): Response {
  return new Response(body, {
    status,
    headers: { "content-type": "text/plain" },
  });
}

function json(value: unknown): Response {
  return new Response(JSON.stringify(value), {
    headers: { "content-type": "application/json" },
  });
}
