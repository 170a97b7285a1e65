/**
 * Which form of an answer a client takes: reads `Accept`.
 *
 * @module
 */

/** The forms in which objects are answered. */
export type ObjectForm = "object" | "table" | "metadata" | "metadata-list";

/** What was agreed. */
export interface AcceptedForm {
  /** The serialisation. */
  readonly media: "json" | "yaml";
  readonly form: ObjectForm;
  /** Aggregated discovery was asked for, in this version. */
  readonly discovery?: "v2" | "v2beta1";
}

const JSON_OBJECT: AcceptedForm = { media: "json", form: "object" };

/**
 * The first clause of an `Accept` header that we can serve. Protobuf and CBOR are passed over, so that a client that names JSON after them gets
 * JSON. Undefined when nothing fits (406).
 */
export function negotiate(
  accept: string | null,
): AcceptedForm | undefined {
  if (accept === null || accept === "" || accept === "*/*") return JSON_OBJECT;
  if (accept === "application/json") return JSON_OBJECT;
  for (const clause of clausesOf(accept)) {
    const form = formOf(clause);
    if (form !== undefined) return form;
  }
  return undefined;
}

/** The media types of an `Accept` header, the dearest first; anything when there is none. */
export function acceptedTypes(accept: string | null): string[] {
  return clausesOf(accept || "*/*").map(({ type }) => type);
}

function clausesOf(accept: string): Clause[] {
  return accept.split(",").map(parseClause)
    .sort((a, b) => b.quality - a.quality);
}

interface Clause {
  readonly type: string;
  readonly params: ReadonlyMap<string, string>;
  readonly quality: number;
}

function parseClause(text: string): Clause {
  const [type = "", ...rest] = text.split(";");
  const params = new Map<string, string>();
  for (const part of rest) {
    const equals = part.indexOf("=");
    if (equals < 0) continue;
    params.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  const quality = Number(params.get("q") ?? "1");
  return {
    type: type.trim().toLowerCase(),
    params,
    quality: Number.isNaN(quality) ? 0 : quality,
  };
}

function formOf({ type, params }: Clause): AcceptedForm | undefined {
  const media = MEDIA[type];
  if (media === undefined) return undefined;
  const as = params.get("as");
  if (as === undefined) return { media, form: "object" };
  const group = params.get("g");
  const version = params.get("v");
  if (as === "APIGroupDiscoveryList" && group === "apidiscovery.k8s.io") {
    if (version !== "v2" && version !== "v2beta1") return undefined;
    return { media, form: "object", discovery: version };
  }
  if (group !== "meta.k8s.io" || version !== "v1") return undefined;
  const form = FORMS[as];
  return form === undefined ? undefined : { media, form };
}

const MEDIA: Readonly<Record<string, "json" | "yaml">> = {
  "application/json": "json",
  "application/yaml": "yaml",
  "application/*": "json",
  "*/*": "json",
};

const FORMS: Readonly<Record<string, ObjectForm>> = {
  Table: "table",
  PartialObjectMetadata: "metadata",
  PartialObjectMetadataList: "metadata-list",
};
