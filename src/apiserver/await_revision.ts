/**
 * Reads "not older than": waits a little for a revision that this server has not seen yet.
 *
 * @module
 */
import { ApiError, badRequest, timeout } from "../api/status.ts";
import type { Revision } from "../store/store.ts";
import type { ApiServer, Call } from "./call.ts";
import { parseRevision } from "./revision.ts";

/** How long a read waits for a revision from the future, in milliseconds. Kubernetes' limit. */
export const REVISION_WAIT_MS = 3000;

/** Waits for the call's `resourceVersion`, when it has one. @throws {ApiError} 400, 504 */
export function awaitRevision(call: Call): Promise<void> | void {
  const text = call.params.get("resourceVersion");
  if (text === null || text === "" || text === "0") return;
  const revision = parseRevision(text);
  if (revision === undefined) {
    throw badRequest(
      `Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${
        JSON.stringify(text)
      }: invalid syntax`,
    );
  }
  return waitForRevision(call.api, revision);
}

/** Waits until this server has a revision. @throws {ApiError} 504 when it does not come */
export async function waitForRevision(
  api: ApiServer,
  revision: Revision,
): Promise<void> {
  if (revision <= api.store.revision) return;
  const signal = api.host.clock.timeout(REVISION_WAIT_MS);
  try {
    await api.store.waitFor(revision, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw tooLargeRevision(revision, api.store.revision);
  }
}

/** 504: the revision has not happened. */
export function tooLargeRevision(asked: Revision, current: Revision): ApiError {
  const { status } = timeout(
    `Too large resource version: ${asked}, current: ${current}`,
    1,
  );
  return new ApiError({
    ...status,
    details: {
      ...status.details,
      causes: [{
        reason: "ResourceVersionTooLarge",
        message: "Too large resource version",
      }],
    },
  });
}
