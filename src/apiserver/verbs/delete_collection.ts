/**
 * DELETE of a collection.
 *
 * @module
 */
import { isApiError, methodNotAllowed } from "../../api/status.ts";
import type { Row } from "../../store/store.ts";
import type { Call } from "../call.ts";
import { deleteObject } from "../delete_object.ts";
import { type DeleteParams, deleteParams } from "../delete_params.ts";
import { answerRows } from "../encode.ts";
import { nameOfKey } from "../keys.ts";
import { selectionOf } from "../selection.ts";
import { prepareToSelect } from "../view.ts";
import { writeOf } from "./create.ts";
import { integerParam } from "../write_options.ts";
import { rangeOf, selectPage } from "./list.ts";

/** How many deletes run at once; they share commits. */
const CONCURRENT_DELETES = 64;

/** Deletes all that matches, or a page of it; answers with the list as it was found. */
export async function deleteCollection(call: Call): Promise<Response> {
  const { kind, at } = call;
  if (kind.namespaced && at.namespace === "") throw methodNotAllowed();
  const params = await deleteParams(call.request, call.params);
  const selection = selectionOf(call);
  const limit = Math.max(0, integerParam(call.params, "limit") ?? 0);
  const range = await rangeOf(call, limit);
  await prepareToSelect(call, selection.prefix);
  const { rows, metadata } = selectPage(call, selection, { ...range, limit });
  for (let start = 0; start < rows.length; start += CONCURRENT_DELETES) {
    const some = rows.slice(start, start + CONCURRENT_DELETES);
    await Promise.all(some.map((row) => deleteRow(call, row, params)));
  }
  return answerRows(call, rows, metadata);
}

async function deleteRow(
  call: Call,
  row: Row,
  params: DeleteParams,
): Promise<void> {
  const { namespace, name } = nameOfKey(call.kind, row.key);
  try {
    const write = { ...writeOf(call, params), namespace };
    await deleteObject(call.api, write, { name, params });
  } catch (error) {
    // Somebody else was quicker.
    if (!isApiError(error, "NotFound")) throw error;
  }
}
