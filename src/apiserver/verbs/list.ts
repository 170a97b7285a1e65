/**
 * GET of a collection: selectors, pages, revisions.
 *
 * @module
 */
import { ApiError, badRequest, expired } from "../../api/status.ts";
import { ExpiredError, type Page, type Row } from "../../store/store.ts";
import { tooLargeRevision, waitForRevision } from "../await_revision.ts";
import type { Call } from "../call.ts";
import { answerRows, type ListMetadata } from "../encode.ts";
import { checkListOptions } from "../list_options.ts";
import {
  type ContinueToken,
  decodeContinue,
  encodeContinue,
  parseRevision,
} from "../revision.ts";
import { type Selection, selectionOf } from "../selection.ts";
import { prepareToSelect } from "../view.ts";
import { integerParam } from "../write_options.ts";

/** Answers with a list. */
export async function list(call: Call): Promise<Response> {
  const selection = selectionOf(call);
  const limit = Math.max(0, integerParam(call.params, "limit") ?? 0);
  // Of no use here, but a wrong one is refused all the same.
  integerParam(call.params, "timeoutSeconds");
  const range = await rangeOf(call, limit);
  await prepareToSelect(call, selection.prefix);
  const { rows, metadata } = selectPage(call, selection, { ...range, limit });
  return answerRows(call, rows, metadata);
}

/** What part of which state is asked for. */
export interface Range {
  readonly after?: string;
  readonly at?: number;
}

/** The part that a request asks for. @throws {ApiError} 400, 422, 504 */
export async function rangeOf(call: Call, limit: number): Promise<Range> {
  const { params, api } = call;
  const version = params.get("resourceVersion") ?? "";
  const match = params.get("resourceVersionMatch") ?? "";
  checkListOptions(params);
  const token = params.get("continue") ?? "";
  if (token !== "") {
    if (version !== "" && version !== "0") {
      throw badRequest(
        "specifying resource version is not allowed when using continue",
      );
    }
    const decoded = decodeContinue(token);
    if (decoded === undefined) {
      throw badRequest("continue key is not valid: illegal value");
    }
    return decoded.revision < 0
      ? { after: decoded.after }
      : { after: decoded.after, at: decoded.revision };
  }
  if (version === "" || version === "0") return {};
  const revision = parseRevision(version);
  if (revision === undefined) {
    throw badRequest(`Invalid value: ${JSON.stringify(version)}`);
  }
  // Paging without a match keeps the old meaning: exactly that revision.
  const exact = match === "Exact" || (match === "" && limit > 0);
  if (!exact) {
    await waitForRevision(api, revision);
    return {};
  }
  if (revision > api.store.revision) {
    throw tooLargeRevision(revision, api.store.revision);
  }
  return { at: revision };
}

/** A page of matching rows. @throws {ApiError} 410 when its revision is no longer kept */
export function selectPage(
  call: Call,
  selection: Selection,
  range: Range & { readonly limit: number },
): { rows: readonly Row[]; metadata: ListMetadata } {
  const { store } = call.api;
  if (!selection.prefix.endsWith("/")) return single(call, selection, range.at);
  const { limit, at } = range;
  const rows: Row[] = [];
  let after = range.after === undefined
    ? undefined
    : selection.prefix + range.after;
  let page: Page;
  do {
    const wanted = limit === 0 ? 0 : limit - rows.length;
    page = readPage(call, selection, {
      limit: wanted,
      ...(after === undefined ? {} : { after }),
      ...(at === undefined ? {} : { at }),
    });
    for (const row of page.rows) if (selection.matches(row)) rows.push(row);
    after = page.rows.at(-1)?.key;
  } while (limit > 0 && rows.length < limit && page.remaining > 0);
  const more = limit > 0 && page.remaining > 0 && after !== undefined;
  const revision = at ?? page.revision ?? store.revision;
  return {
    rows,
    metadata: {
      resourceVersion: String(revision),
      ...(more
        ? {
          continue: encodeContinue({
            revision,
            after: after!.slice(selection.prefix.length),
          }),
          // Unknown with a selector: the rest has not been looked at.
          ...(selection.filtered ? {} : { remainingItemCount: page.remaining }),
        }
        : {}),
    },
  };
}

function readPage(
  call: Call,
  selection: Selection,
  options: { limit: number; after?: string; at?: number },
): Page {
  try {
    return call.api.store.list(selection.prefix, options);
  } catch (error) {
    if (!(error instanceof ExpiredError)) throw error;
    const after = options.after?.slice(selection.prefix.length);
    throw after === undefined
      ? expired(
        `The resourceVersion for the provided list is too old.`,
      )
      : expiredContinue({ revision: -1, after });
  }
}

/** 410 with a token that goes on with the newest state, for clients that can live with it. */
function expiredContinue(token: ContinueToken): ApiError {
  const { status } = expired(
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
  );
  return new ApiError({
    ...status,
    metadata: { continue: encodeContinue(token) },
  });
}

/** A list that only one key can be in (`metadata.name=…` within a namespace). */
function single(
  call: Call,
  selection: Selection,
  at: number | undefined,
): { rows: readonly Row[]; metadata: ListMetadata } {
  const { store } = call.api;
  const revision = at ?? store.revision;
  const row = at === undefined
    ? store.get(selection.prefix)
    : rowAt(call, selection, at);
  const rows = row !== undefined && selection.matches(row) ? [row] : [];
  return { rows, metadata: { resourceVersion: String(revision) } };
}

/** The row of the only key as it was at a revision. */
function rowAt(
  call: Call,
  selection: Selection,
  at: number,
): Row | undefined {
  const key = selection.prefix;
  // The longest key before it is not known, the folder is: a page starts after a key.
  const folder = key.slice(0, key.lastIndexOf("/") + 1);
  const { rows } = readPage(call, { ...selection, prefix: folder }, {
    limit: 0,
    at,
  });
  return rows.find((row) => row.key === key);
}
