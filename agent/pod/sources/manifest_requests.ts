/**
 * Manifests over the agent's own socket.
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";
import { messageOf } from "../../../src/base/errors.ts";
import { HostError } from "../../../src/base/host.ts";
import { MAX_MANIFEST_BYTES } from "./manifest_reader.ts";
import type { PutManifests } from "./put_manifests.ts";

/**
 * Answers `GET` and `POST /manifests`, and `GET`, `PUT` and `DELETE /manifests/<namespace>/<name>`. A body is a Pod, JSON or YAML, with its own name; the pod
 * that comes of it is named for the node too. One that has to wait, for a file or the URL names a pod of its name, is accepted (202) with a warning.
 */
export async function manifestRequest(
  manifests: PutManifests,
  request: Request,
): Promise<Response> {
  const [, , ...rest] = new URL(request.url).pathname.split("/")
    .map(decodeURIComponent);
  const key = rest.filter((part) => part !== "").join("/");
  try {
    return key === ""
      ? await ofAll(manifests, request)
      : await ofOne(manifests, { request, key });
  } catch (error) {
    const isDisk = error instanceof HostError;
    return text(isDisk ? 500 : 400, messageOf(error));
  }
}

async function ofAll(
  manifests: PutManifests,
  request: Request,
): Promise<Response> {
  if (request.method === "GET") {
    return json(200, {
      kind: "PodList",
      apiVersion: "v1",
      items: [...manifests.pods.values()],
    });
  }
  if (request.method !== "POST") return text(405, "method not allowed");
  const { pod, taken } = await manifests.put(await bodyOf(request));
  if (taken) return stored(manifests, { pod, isNew: true });
  const { name, namespace } = pod.metadata;
  return text(
    409,
    `There is a manifest of the pod "${namespace}/${name}" already: PUT replaces it`,
  );
}

async function ofOne(
  manifests: PutManifests,
  { request, key }: { request: Request; key: string },
): Promise<Response> {
  if (!/^[^/]+\/[^/]+$/.test(key)) {
    return text(404, "A manifest is at /manifests/<namespace>/<name>");
  }
  switch (request.method) {
    case "GET":
      return found(key, manifests.pods.get(key));
    case "PUT": {
      return stored(manifests, await manifests.put(await bodyOf(request), key));
    }
    case "DELETE":
      return found(key, await manifests.remove(key));
  }
  return text(405, "method not allowed");
}

async function bodyOf(request: Request): Promise<string> {
  const body = await request.text();
  if (body.length <= MAX_MANIFEST_BYTES) return body;
  throw new Error(`A manifest may have ${MAX_MANIFEST_BYTES} bytes`);
}

/** Says what became of a manifest that was taken. */
function stored(
  manifests: PutManifests,
  { pod, isNew }: { readonly pod: Pod; readonly isNew: boolean },
): Response {
  const holder = manifests.waitsFor(pod);
  if (holder === undefined) return json(isNew ? 201 : 200, pod);
  const answer = json(202, pod);
  const { namespace, name } = pod.metadata;
  answer.headers.set(
    "warning",
    `299 - "The pod ${namespace}/${name} waits: there is a static pod of this name from ${holder}"`,
  );
  return answer;
}

function found(key: string, pod: unknown): Response {
  return pod
    ? json(200, pod)
    : text(404, `There is no manifest of the pod "${key}"`);
}

function text(status: number, body: string): Response {
  return new Response(`${body}\n`, {
    status,
    headers: { "content-type": "text/plain" },
  });
}

function json(status: number, value: unknown): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json" },
  });
}
