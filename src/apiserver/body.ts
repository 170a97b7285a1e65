/**
 * Reads what a client sent: size limit, media type, JSON or YAML.
 *
 * @module
 */
import { parse as parseYaml } from "yaml";
import {
  badRequest,
  requestEntityTooLarge,
  unsupportedMediaType,
} from "../api/status.ts";

/** The largest body that is read. Kubernetes' limit. */
export const BODY_LIMIT_BYTES = 3 * 1024 * 1024;

/** The largest object that is stored, as etcd has it. */
export const OBJECT_LIMIT_BYTES = 1536 * 1024;

const OBJECT_MEDIA_TYPES = ["application/json", "application/yaml"];

/** The media type of a request without its parameters, in lower case; "" without one. */
export function contentType(request: Request): string {
  const header = request.headers.get("content-type");
  if (header === null) return "";
  const end = header.indexOf(";");
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase();
}

/**
 * The body as text.
 *
 * @throws {ApiError} 413 when it is too large, 400 when it is not UTF-8
 */
export async function readText(request: Request): Promise<string> {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > BODY_LIMIT_BYTES) {
    await request.body?.cancel();
    throw tooLarge();
  }
  const bytes = declared === null
    ? await readLimited(request)
    : new Uint8Array(await request.arrayBuffer());
  if (bytes.length > BODY_LIMIT_BYTES) throw tooLarge();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
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

/**
 * The body as a value, from JSON or YAML; undefined when there is none.
 *
 * @throws {ApiError} 415 for another media type, 413, 400
 */
export async function readValue(request: Request): Promise<unknown> {
  const type = contentType(request);
  if (type !== "" && !OBJECT_MEDIA_TYPES.includes(type)) {
    await request.body?.cancel();
    throw unsupportedMediaType(OBJECT_MEDIA_TYPES);
  }
  const text = await readText(request);
  if (text.trim() === "") return undefined;
  return type === "application/yaml" ? fromYaml(text) : fromJson(text);
}

/** @throws {ApiError} 400 */
export function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(
      `couldn't get version/kind; json parse error: ${
        (error as Error).message
      }`,
    );
  }
}

/** @throws {ApiError} 400 */
export function fromYaml(text: string): unknown {
  try {
    // Aliases are bounded, so that a small document cannot stand for a huge one.
    return parseYaml(text, { maxAliasCount: 100, prettyErrors: false });
  } catch (error) {
    throw badRequest(
      `error converting YAML to JSON: ${(error as Error).message}`,
    );
  }
}
