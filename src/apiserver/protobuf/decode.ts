/**
 * Objects in protobuf, as kubectl's typed commands (`create configmap`, `expose` …) send them whatever the server says it takes: from the bytes to
 * the JSON value that the ordinary path decodes.
 *
 * The form is Kubernetes' own: four magic bytes, then a message with `apiVersion` and `kind` and the object's bytes
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding). Answers are JSON.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { formatMicroTime, formatTime } from "../../api/time.ts";
import { MESSAGE_FIELDS } from "./fields.generated.ts";
import { ProtobufError, ProtobufReader } from "./reader.ts";

/** The media type. */
export const PROTOBUF_MEDIA_TYPE = "application/vnd.kubernetes.protobuf";

const MAGIC = [0x6b, 0x38, 0x73, 0x00];
/** Messages within messages; Kubernetes' deepest are below 20. */
const MAX_DEPTH = 64;

type JsonObject = Record<string, unknown>;

interface FieldType {
  /** "" for a message whose fields are the outer one's in JSON. */
  readonly json: string;
  readonly repeated: boolean;
  readonly map: boolean;
  /** A scalar's name, or `@` and a message's name. */
  readonly type: string;
}

/** The object as JSON has it. @throws {ProtobufError} */
export function decodeProtobuf(bytes: Uint8Array): JsonObject {
  if (!MAGIC.every((byte, index) => bytes[index] === byte)) {
    throw new ProtobufError(
      "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]",
    );
  }
  const envelope = new ProtobufReader(bytes.subarray(MAGIC.length));
  let apiVersion = "";
  let kind = "";
  let raw = new Uint8Array() as Uint8Array;
  while (!envelope.done) {
    const { number, wire } = envelope.tag();
    if (number === 1 && wire === 2) {
      const meta = new ProtobufReader(envelope.bytes());
      while (!meta.done) {
        const tag = meta.tag();
        if (tag.number === 1) apiVersion = meta.text();
        else if (tag.number === 2) kind = meta.text();
        else meta.skip(tag.wire);
      }
    } else if (number === 2 && wire === 2) raw = envelope.bytes();
    else envelope.skip(wire);
  }
  const message = messageOf(apiVersion, kind);
  if (message === undefined) {
    throw new ProtobufError(
      `no kind ${JSON.stringify(kind)} is registered for version ${
        JSON.stringify(apiVersion)
      }`,
    );
  }
  return { apiVersion, kind, ...decodeMessage(raw, message, 0) };
}

/** `apps/v1` `Deployment` is `apps.v1.Deployment`; options are the same in all groups. */
function messageOf(apiVersion: string, kind: string): string | undefined {
  const [group, version] = apiVersion.includes("/")
    ? apiVersion.split("/")
    : ["core", apiVersion];
  const candidates = [
    `${group!.split(".")[0]}.${version}.${kind}`,
    `meta.v1.${kind}`,
  ];
  return candidates.find((name) => Object.hasOwn(MESSAGE_FIELDS, name));
}

function decodeMessage(
  bytes: Uint8Array,
  message: string,
  depth: number,
): JsonObject {
  if (depth > MAX_DEPTH) throw new ProtobufError("exceeded max depth");
  const fields = fieldsOf(message);
  const reader = new ProtobufReader(bytes);
  const object: JsonObject = {};
  while (!reader.done) {
    const { number, wire } = reader.tag();
    const field = fields.get(number);
    if (field === undefined) {
      reader.skip(wire);
      continue;
    }
    readField(object, reader, { field, wire, depth });
  }
  return object;
}

function readField(
  object: JsonObject,
  reader: ProtobufReader,
  { field, wire, depth }: { field: FieldType; wire: number; depth: number },
): void {
  const { json, type } = field;
  if (json === "") {
    Object.assign(
      object,
      decodeMessage(reader.bytes(), type.slice(1), depth + 1),
    );
  } else if (field.map) {
    const [key, value] = readEntry(reader.bytes(), type, depth);
    object[json] ??= {} as JsonObject;
    Object.defineProperty(object[json], key, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  } else if (field.repeated) {
    const list = (object[json] ??= []) as unknown[];
    if (wire === 2 && isNumeric(type)) {
      const packed = new ProtobufReader(reader.bytes());
      while (!packed.done) list.push(readValue(packed, type, depth));
    } else list.push(readValue(reader, type, depth));
  } else {
    const value = readValue(reader, type, depth);
    if (value !== undefined) object[json] = value;
  }
}

function readEntry(
  bytes: Uint8Array,
  type: string,
  depth: number,
): [string, unknown] {
  const reader = new ProtobufReader(bytes);
  let key = "";
  let value: unknown = isNumeric(type) ? 0 : type.startsWith("@") ? {} : "";
  while (!reader.done) {
    const { number, wire } = reader.tag();
    if (number === 1) key = reader.text();
    else if (number === 2) value = readValue(reader, type, depth);
    else reader.skip(wire);
  }
  return [key, value];
}

function isNumeric(type: string): boolean {
  return type === "int" || type === "bool" || type === "double";
}

function readValue(
  reader: ProtobufReader,
  type: string,
  depth: number,
): unknown {
  switch (type) {
    case "string":
      return reader.text();
    case "int":
      return reader.int();
    case "bool":
      return reader.varint() !== 0n;
    case "double":
      return reader.double();
    case "bytes":
      return Buffer.from(reader.bytes()).toString("base64");
    default:
      return type.startsWith("@")
        ? decodeMessage(reader.bytes(), type.slice(1), depth + 1)
        : readSpecial(new ProtobufReader(reader.bytes()), type);
  }
}

/** Types that JSON writes otherwise than as an object. Undefined is an unset time. */
function readSpecial(reader: ProtobufReader, type: string): unknown {
  const numbers = new Map<number, number>();
  const texts: string[] = [];
  let seen = false;
  while (!reader.done) {
    seen = true;
    const { number, wire } = reader.tag();
    if (wire === 0) numbers.set(number, reader.int());
    else if (wire === 2) texts.push(reader.text());
    else reader.skip(wire);
  }
  const [text = ""] = texts;
  switch (type) {
    case "quantity":
      return text;
    case "items":
      return texts;
    case "int-or-string":
      return numbers.get(1) === 1 ? text : numbers.get(2) ?? 0;
    case "time":
    case "micro-time": {
      if (!seen) return undefined;
      const ms = (numbers.get(1) ?? 0) * 1000 + (numbers.get(2) ?? 0) / 1e6;
      return type === "time" ? formatTime(ms) : formatMicroTime(ms);
    }
    case "duration":
      return `${(numbers.get(1) ?? 0) / 1e9}s`;
    case "raw":
      return text === "" ? undefined : parseRaw(text);
    default:
      throw new ProtobufError(`cannot read a field of type ${type}`);
  }
}

function parseRaw(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProtobufError("a raw field is not JSON");
  }
}

/** Read from the table when a message is first met; the answer never changes. */
// deno-lint-ignore wherry/module-state -- a memo of constants
const parsed = new Map<string, ReadonlyMap<number, FieldType>>();

function fieldsOf(message: string): ReadonlyMap<number, FieldType> {
  const known = parsed.get(message);
  if (known !== undefined) return known;
  const fields = new Map<number, FieldType>();
  for (const text of (MESSAGE_FIELDS[message] ?? "").split(";")) {
    const [number, json = "", type = ""] = text.split(" ");
    fields.set(Number(number), {
      json,
      repeated: type.startsWith("*"),
      map: type.startsWith("%"),
      type: type.replace(/^[*%]/, ""),
    });
  }
  parsed.set(message, fields);
  return fields;
}
