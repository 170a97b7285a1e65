/**
 * DELETE of one object.
 *
 * @module
 */
import type { KubeObject } from "../../api/kind.ts";
import { methodNotAllowed, success } from "../../api/status.ts";
import { answerJson } from "../answer.ts";
import type { Call } from "../call.ts";
import { deleteObject } from "../delete_object.ts";
import { deleteParams } from "../delete_params.ts";
import { answerObject } from "../encode.ts";
import { hooksOf } from "../write.ts";
import { writeOf } from "./create.ts";

/** Deletes, or begins to; answers with the object, or with a Status when it is gone. */
export async function deleteOne(call: Call): Promise<Response> {
  const { kind, at, api } = call;
  if (kind.namespaced && at.namespace === "") throw methodNotAllowed();
  const params = await deleteParams(call.request, call.params);
  const { text, gone } = await deleteObject(api, writeOf(call, params), {
    name: at.name,
    params,
  });
  if (!gone || hooksOf(api, kind).answersDeleted === true) {
    // The oldest way to ask for a cascade is the only one that is told when it is not over.
    return answerObject(
      call,
      text,
      !gone && params.cascades === true ? 202 : 200,
    );
  }
  const { metadata }: KubeObject = JSON.parse(text);
  return answerJson(
    success({
      name: at.name,
      ...(kind.group === "" ? {} : { group: kind.group }),
      kind: kind.plural,
      ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
    }),
    { media: call.accept.media, warnings: call.warnings },
  );
}
