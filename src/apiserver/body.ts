/**
 * Reads what a client sent: size limit, media type; JSON, YAML or protobuf.
 *
 * @module
 */
import { parseJson, parseYaml, TextError } from "../api/yaml_json.ts";
import {
  badRequest,
  requestEntityTooLarge,
  unsupportedMediaType,
} from "../api/status.ts";
import { decodeProtobuf, PROTOBUF_MEDIA_TYPE } from "./protobuf/decode.ts";
import { ProtobufError } from "./protobuf/reader.ts";

/** The largest body that is read. Kubernetes' limit. */
export const BODY_LIMIT_BYTES = 3 * 1024 * 1024;

/** The largest object that is stored, as etcd has it. */
export const OBJECT_LIMIT_BYTES = 1536 * 1024;

/** What precedes the text about a body that cannot be read. */
const UNREADABLE = "couldn't get version/kind; json parse error: ";
const OBJECT_MEDIA_TYPES = ["application/json", "application/yaml"];

/** The media type of a request without its parameters, in lower case; "" without one. */
export function contentType(request: Request): string {
  const header = request.headers.get("content-type");
  if (header === null) return "";
  const end = header.indexOf(";");
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase();
}

/** The whole body. @throws {ApiError} 413 */
async function readBytes(request: Request): Promise<Uint8Array> {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > BODY_LIMIT_BYTES) {
    await request.body?.cancel();
    throw tooLarge();
  }
  const bytes = declared === null
    ? await readLimited(request)
    : new Uint8Array(await request.arrayBuffer());
  if (bytes.length > BODY_LIMIT_BYTES) throw tooLarge();
  return bytes;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw badRequest("the body of the request is not valid UTF-8");
  }
}

async function readLimited(request: Request): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.length;
    if (length > BODY_LIMIT_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function tooLarge(): Error {
  return requestEntityTooLarge(`limit is ${BODY_LIMIT_BYTES}`);
}

/** What a body says. */
export interface BodyValue {
  /** Undefined when there is no body. */
  readonly value: unknown;
  /** Texts about keys that are there more than once. */
  readonly duplicates: readonly string[];
}

/**
 * The body as a value, from JSON, YAML or protobuf.
 *
 * @param options.strict also look for repeated keys. @default true
 * @param options.protobuf whether protobuf is read; nobody knows that of custom kinds. @default true
 * @throws {ApiError} 415 for another media type, 413, 400
 */
export async function readBody(
  request: Request,
  options: { readonly strict?: boolean; readonly protobuf?: boolean } = {},
): Promise<BodyValue> {
  const type = contentType(request);
  if (type === PROTOBUF_MEDIA_TYPE && options.protobuf !== false) {
    return { value: fromProtobuf(await readBytes(request)), duplicates: [] };
  }
  if (type !== "" && !OBJECT_MEDIA_TYPES.includes(type)) {
    await request.body?.cancel();
    throw unsupportedMediaType(OBJECT_MEDIA_TYPES);
  }
  const text = decodeUtf8(await readBytes(request));
  if (text.trim() === "") return { value: undefined, duplicates: [] };
  return type === "application/yaml"
    ? readText(() => parseYaml(text), "error converting YAML to JSON: ")
    : readText(() => parseJson(text, options), UNREADABLE);
}

/** The body of a server-side apply: YAML, which JSON is too. @throws {ApiError} 413, 400 */
export async function readAppliedBody(request: Request): Promise<BodyValue> {
  const text = decodeUtf8(await readBytes(request));
  if (text.trimStart().startsWith("{")) {
    try {
      const read = parseJson(text);
      if (read.duplicates.length === 0) return read;
    } catch (error) {
      // What is wrong is told in YAML's words.
      if (!(error instanceof TextError)) throw error;
    }
  }
  return readText(() => parseYaml(text), "error decoding YAML: ");
}

/** The body of a patch: JSON. @throws {ApiError} 413, 400 */
export async function readPatchJson(
  request: Request,
  options: { readonly strict: boolean },
): Promise<BodyValue> {
  const text = decodeUtf8(await readBytes(request));
  return readText(() => parseJson(text, options), "");
}

function readText(read: () => BodyValue, prefix: string): BodyValue {
  try {
    return read();
  } catch (error) {
    if (error instanceof TextError) throw badRequest(prefix + error.message);
    throw error;
  }
}

function fromProtobuf(bytes: Uint8Array): unknown {
  try {
    return decodeProtobuf(bytes);
  } catch (error) {
    if (error instanceof ProtobufError) throw badRequest(error.message);
    throw error;
  }
}
