/**
 * The schema of a kind: our one-method face of the zod type that the words in `schema/words.ts` build.
 *
 * @module
 */
import type { OpenApiSchema, Schema } from "./kind.ts";
import { compile, type Run } from "./schema/decode.ts";
import { openapiOf } from "./schema/openapi.ts";
import type { Field } from "./schema/words.ts";
import { type Shape, shapeOf } from "./shape.ts";

const NONE: readonly string[] = [];

function newRun(tracking: boolean): Run {
  return {
    tracking,
    bad: false,
    path: [],
    stack: [],
    struct: "",
    unknown: [],
    error: undefined,
  };
}

/** Wraps the zod type of a kind. Compiled on first use. */
export function schemaOf<T>(type: Field<T>): Schema<T> {
  let shape: Shape | undefined;
  return {
    type,
    get shape() {
      return shape ??= shapeOf(type);
    },
    decode(value: unknown) {
      const first = newRun(false);
      const decoded = compile(type).decode(value, first);
      if (!first.bad) return { object: decoded as T, unknownFields: NONE };
      const run = newRun(true);
      const object = compile(type).decode(value, run);
      return run.error === undefined
        ? { object: object as T, unknownFields: run.unknown }
        : { unknownFields: run.unknown, typeError: run.error };
    },
    empty: () => compile(type).zero() as T,
    openapi: (): OpenApiSchema => openapiOf(type),
  };
}
