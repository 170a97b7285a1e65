/**
 * Objects on the wire, as the audit log tells them.
 *
 * @module
 */
import { gunzipSync } from "node:zlib";
import { parseYaml } from "../../api/yaml_json.ts";
import { concat, decodeText } from "../../base/bytes.ts";
import { BODY_LIMIT_BYTES, contentType, readBody } from "../body.ts";

/** What a request brings; undefined when it is nothing that can be read. The request stays as it is. */
export async function sentObject(request: Request): Promise<unknown> {
  const length = Number(request.headers.get("content-length") ?? "0");
  if (request.body === null || length > BODY_LIMIT_BYTES) return undefined;
  try {
    const bytes = await limitedBytes(request.clone().body!);
    if (bytes === undefined) return undefined;
    if (!contentType(request).includes("protobuf")) {
      return parse(decodeText(bytes));
    }
    const { url, headers } = request;
    const copy = new Request(url, { method: "POST", headers, body: bytes });
    return (await readBody(copy, { strict: false })).value;
  } catch {
    // Who reads it for the client will say what is wrong with it.
    return undefined;
  }
}

/** What an answer brings, without changing it. */
export async function answeredObject(answer: Response): Promise<unknown> {
  const type = answer.headers.get("content-type") ?? "";
  const readable = type.startsWith("application/json") ||
    type.startsWith("application/yaml");
  if (!readable || answer.body === null) return undefined;
  const bytes = new Uint8Array(await answer.clone().arrayBuffer());
  const plain = answer.headers.get("content-encoding") === "gzip"
    ? new Uint8Array(gunzipSync(bytes))
    : bytes;
  try {
    return parse(decodeText(plain));
  } catch {
    return undefined;
  }
}

/** An object, or a list's objects, without `managedFields`. */
export function withoutManagedFields(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  const { metadata, items, ...rest } = value as {
    metadata?: Record<string, unknown>;
    items?: unknown[];
  };
  const { managedFields: _, ...meta } = metadata ?? {};
  return {
    ...rest,
    ...metadata !== undefined && { metadata: meta },
    ...items !== undefined && { items: items.map(withoutManagedFields) },
  };
}

/** What does not say how long it is may have no end: no more is taken than the server itself takes. */
async function limitedBytes(
  body: ReadableStream<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return concat(chunks);
    length += value.length;
    if (length > BODY_LIMIT_BYTES) {
      // Resolves only when the other half of the stream is done with.
      reader.cancel().catch(() => {});
      return undefined;
    }
    chunks.push(value);
  }
}

function parse(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return parseYaml(text).value;
  }
}
