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
import { answerList } from "../encode.ts";
import { nameOfKey } from "../keys.ts";
import { selectionOf } from "../selection.ts";
import { writeOf } from "./create.ts";
import { selectPage } from "./list.ts";

/** How many deletes run at once; they share commits. */
const CONCURRENT_DELETES = 64;

/** Deletes all that matches; answers with the list of what was found. */
export async function deleteCollection(call: Call): Promise<Response> {
  const { kind, at } = call;
  if (kind.namespaced && at.namespace === "") throw methodNotAllowed();
  const params = await deleteParams(call.request, call.params);
  const selection = selectionOf(call);
  const { rows, metadata } = selectPage(call, selection, { limit: 0 });
  const texts: string[] = [];
  for (let start = 0; start < rows.length; start += CONCURRENT_DELETES) {
    const some = rows.slice(start, start + CONCURRENT_DELETES);
    const done = await Promise.all(
      some.map((row) => deleteRow(call, row, params)),
    );
    texts.push(...done);
  }
  return answerList(call, texts, metadata);
}

async function deleteRow(
  call: Call,
  row: Row,
  params: DeleteParams,
): Promise<string> {
  const { namespace, name } = nameOfKey(call.kind, row.key);
  try {
    const write = { ...writeOf(call, params), namespace };
    const { text } = await deleteObject(call.api, write, { name, params });
    return text;
  } catch (error) {
    // Somebody else was quicker.
    if (isApiError(error, "NotFound")) return row.text;
    throw error;
  }
}
