/**
 * Reviews: questions that are answered with the object that asks them, and stored nowhere.
 *
 * @module
 */
import { invalid } from "../../api/status.ts";
import type { Kind, KubeObject } from "../../api/kind.ts";
import { readBody } from "../body.ts";
import type { Call, Handler } from "../call.ts";
import { decodeObject } from "../decode.ts";
import { answerObject } from "../encode.ts";
import { setNamespace } from "../verbs/create.ts";
import { writeParams } from "../write_options.ts";

/** Makes the handler of a review from what answers it. @param answer the status */
export function review<T extends KubeObject>(
  kind: Kind<T>,
  answer: (call: Call, asked: T) => T,
): Handler {
  return async (call) => {
    const { fieldValidation } = writeParams(call.params, "CreateOptions");
    const asked = decodeObject(kind, await readBody(call.request), {
      fieldValidation,
      warnings: call.warnings,
    });
    setNamespace(call, asked);
    const errors = kind.validate(asked);
    if (errors.length > 0) throw invalid(kind, "", errors);
    return answerObject(call, JSON.stringify(answer(call, asked)), 201);
  };
}
