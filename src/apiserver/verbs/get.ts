/**
 * GET of one object.
 *
 * @module
 */
import { notFound } from "../../api/status.ts";
import type { Call } from "../call.ts";
import { answerObject } from "../encode.ts";
import { awaitRevision } from "../await_revision.ts";
import { objectKey } from "../keys.ts";

/** Answers with an object as stored. */
export async function get(call: Call): Promise<Response> {
  const { kind, at } = call;
  await awaitRevision(call);
  const row = call.api.store.get(objectKey(kind, at));
  if (row === undefined) throw notFound(kind, at.name);
  return answerObject(call, row.text);
}
