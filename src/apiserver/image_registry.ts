/**
 * The registry of images on the API server's port: who asks and what they may do is found out here, the answer is another part's.
 *
 * Paths of repositories are granted as other paths are: by `nonResourceURLs`, with the method as the verb. Whoever is known may ask whether there is a
 * registry at all, as clients do before they log in. Its refusals are in the registry's words, and ask for a user's name and password as registries do:
 * a token is the password.
 *
 * @module
 */
import { isApiError, unauthorized } from "../api/status.ts";
import type { ApiServer } from "./call.ts";
import { ANONYMOUS, type User } from "./auth/user.ts";
import type { RequestInfo } from "./request_info.ts";

/** Answers requests that may be answered. */
export interface ImageRegistry {
  /** The answer; a refusal is one too. Contents flow at the client's pace. */
  answer(asked: {
    readonly request: Request;
    /** Decoded. */
    readonly path: string;
    readonly params: URLSearchParams;
    /** Name of who asks. */
    readonly user: string;
    /** Whether who asks may do something else too. @param verb a method in lower case */
    may(verb: string, path: string): boolean;
  }): Promise<Response>;
}

/** Whether a path is the registry's. */
export function isRegistryPath(path: string): boolean {
  return path.startsWith("/v2/") || path === "/v2";
}

/** Whether a URL leads there. */
export function isRegistryUrl(url: string): boolean {
  return isRegistryPath(url.slice(url.indexOf("/", url.indexOf("://") + 3)));
}

/**
 * Answers a request for the registry; undefined when there is none.
 *
 * @throws {ApiError} 401, 403
 */
export async function answerRegistry(
  { images, authorizer }: ApiServer,
  { request, info, user, authorize, leave }: {
    readonly request: Request;
    readonly info: RequestInfo;
    readonly user: User;
    /** Asks whether this request may be answered. @throws {ApiError} 403 */
    authorize(): void;
    /** Gives the request's seat back: how long it takes is the client's affair. */
    leave(): void;
  },
): Promise<Response | undefined> {
  const { path, params } = info;
  const isKnown = user !== ANONYMOUS;
  try {
    if (!isKnown || path !== "/v2/" && path !== "/v2") authorize();
  } catch (error) {
    // Clients show what they have once they are asked for it.
    if (!isKnown && isApiError(error, "Forbidden")) throw unauthorized();
    throw error;
  }
  if (images === undefined) return undefined;
  leave();
  return await images.answer({
    request,
    path,
    params,
    user: user.name,
    may: (verb, other) =>
      authorizer.authorize({ user, verb, path: other, fieldSelector: "" })
        .allowed,
  });
}

/** The registry's word for an HTTP status. */
const CODES: Readonly<Record<number, string>> = {
  401: "UNAUTHORIZED",
  403: "DENIED",
  404: "NAME_UNKNOWN",
  429: "TOOMANYREQUESTS",
};

/** A refusal of the API server's as clients of registries read it. */
export function registryRefusal(code: number, message: string): Response {
  const error = { code: CODES[code] ?? "UNSUPPORTED", message };
  return Response.json({ errors: [error] }, {
    status: code,
    headers: {
      ...code === 401 && { "www-authenticate": 'Basic realm="wherry"' },
    },
  });
}
