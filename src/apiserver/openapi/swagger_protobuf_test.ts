import assert from "node:assert/strict";
import { ProtobufReader } from "../protobuf/reader.ts";
import { swaggerProtobuf } from "./swagger_protobuf.ts";

/** Where the fields on a path lead, by their numbers. */
function at(bytes: Uint8Array, ...path: number[]): Uint8Array[] {
  const [first, ...rest] = path;
  if (first === undefined) return [bytes];
  const reader = new ProtobufReader(bytes);
  const found: Uint8Array[] = [];
  while (!reader.done) {
    const { number, wire } = reader.tag();
    if (wire === 0) reader.varint();
    else if (wire === 2) {
      const inside = reader.bytes();
      if (number === first) found.push(...at(inside, ...rest));
    } else assert.fail(`wire type ${wire}`);
  }
  return found;
}

const texts = (bytes: Uint8Array, ...path: number[]) =>
  at(bytes, ...path).map((one) => new TextDecoder().decode(one));

Deno.test("swaggerProtobuf() writes gnostic's messages", () => {
  const bytes = swaggerProtobuf({
    swagger: "2.0",
    info: { title: "T", version: "v" },
    paths: {
      "/a": {
        get: {
          parameters: [
            { name: "b", in: "body", schema: { $ref: "#/definitions/A" } },
            { name: "q", in: "query", type: "string" },
            { name: "p", in: "path", type: "string" },
          ],
          responses: { 200: { description: "OK" } },
        },
      },
    },
    definitions: {
      A: {
        type: "object",
        properties: { x: { type: "array", items: { type: "integer" } } },
        additionalProperties: { type: "string" },
        required: ["x", "y"],
        enum: ["one"],
        "x-kubernetes-group-version-kind": [{ kind: "A" }],
      },
    },
    security: [{ BearerToken: [] }],
  });
  assert.deepEqual(texts(bytes, 1), ["2.0"]);
  assert.deepEqual(texts(bytes, 2, 1), ["T"]);
  // Paths.path, its name, and its operation's parameters in their three forms.
  assert.deepEqual(texts(bytes, 8, 2, 1), ["/a"]);
  const get = at(bytes, 8, 2, 2, 2)[0]!;
  assert.deepEqual(texts(get, 8, 1, 1, 5, 1), ["#/definitions/A"]);
  assert.deepEqual(texts(get, 8, 1, 2, 3, 4), ["q"]);
  assert.deepEqual(texts(get, 8, 1, 2, 4, 4), ["p"]);
  assert.deepEqual(texts(get, 9, 1, 1), ["200"]);
  assert.deepEqual(texts(get, 9, 1, 2, 1, 1), ["OK"]);
  assert.deepEqual(texts(bytes, 9, 1, 1), ["A"]);
  const schema = at(bytes, 9, 1, 2)[0]!;
  assert.deepEqual(texts(schema, 22, 1), ["object"]);
  assert.deepEqual(texts(schema, 25, 1, 1), ["x"]);
  assert.deepEqual(texts(schema, 25, 1, 2, 23, 1, 22, 1), ["integer"]);
  assert.deepEqual(texts(schema, 21, 1, 22, 1), ["string"]);
  assert.deepEqual(texts(schema, 19), ["x", "y"]);
  assert.deepEqual(texts(schema, 20, 2), ['"one"']);
  assert.deepEqual(texts(schema, 31, 1), ["x-kubernetes-group-version-kind"]);
  assert.deepEqual(texts(schema, 31, 2, 2), ['[{"kind":"A"}]']);
  assert.deepEqual(texts(bytes, 12, 1, 1), ["BearerToken"]);
});
