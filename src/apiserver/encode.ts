/**
 * From stored text to the form that a client asked for.
 *
 * @module
 */
import { groupVersion } from "../api/registry.ts";
import { notAcceptable } from "../api/status.ts";
import type { Row } from "../store/store.ts";
import {
  acceptsGzip,
  answerGzip,
  answerText,
  GZIP_THRESHOLD_BYTES,
} from "./answer.ts";
import type { Call } from "./call.ts";
import { spliceGzip } from "./lists/spliced_gzip.ts";
import { partialMetadata } from "./partial_metadata.ts";
import { isShownAsStored, prepareToShow, shownText } from "./view.ts";
import {
  bookmarkRow,
  columnDefinitions,
  includeObjectParam,
  tableRow,
  tableText,
  type Tabular,
} from "./table.ts";

/** What follows the items of a list. */
const LIST_END = "]}\n";

/** Metadata of a list. */
export interface ListMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** Answers with one object. @throws {ApiError} 406 when a list form was asked for */
export function answerObject(
  call: Call,
  text: string,
  status = 200,
): Response | Promise<Response> {
  const ready = prepareToShow(call, [text]);
  return ready === undefined
    ? answerNow(call, text, status)
    : ready.then(() => answerNow(call, text, status));
}

function answerNow(call: Call, text: string, status: number): Response {
  return answerShown(call, shownText(call, text), { status });
}

/** Answers with an object as it is shown: in the version that was asked for, or made for this answer, as a Scale is. */
export function answerShown(
  call: Call,
  text: string,
  { status = 200, kind = call.kind }: {
    /** @default 200 */
    readonly status?: number;
    /** Whose columns a table has. @default the call's */
    readonly kind?: Tabular;
  } = {},
): Response {
  return answerText(objectBody(call, text, kind), {
    status,
    media: call.accept.media,
    warnings: call.warnings,
    acceptEncoding: call.request.headers.get("accept-encoding"),
  });
}

function objectBody(call: Call, text: string, kind: Tabular): string {
  switch (call.accept.form) {
    case "object":
      return text;
    case "metadata":
      return partialMetadata(JSON.parse(text));
    case "metadata-list":
      throw notAcceptable(
        ["application/json"],
        "PartialObjectMetadataList",
      );
    case "table": {
      const row = tableRow(kind, text, tableOptions(call));
      const { metadata } = JSON.parse(text);
      return tableText(
        { resourceVersion: metadata.resourceVersion },
        columnDefinitions(kind),
        [row],
      );
    }
  }
}

/** Answers with a list of stored texts. */
export function answerList(
  call: Call,
  texts: readonly string[],
  metadata: ListMetadata,
): Response {
  const shown = isShownAsStored(call)
    ? texts
    : texts.map((text) => shownText(call, text));
  return answerText(listBody(call, shown, metadata), {
    media: call.accept.media,
    warnings: call.warnings,
    acceptEncoding: call.request.headers.get("accept-encoding"),
  });
}

/** Answers with a list of rows; a large one that is asked for again is not compressed again. */
export function answerRows(
  call: Call,
  rows: readonly Row[],
  metadata: ListMetadata,
): Response | Promise<Response> {
  const texts = () => rows.map(({ text }) => text);
  const ready = call.kind.stored?.prepare(texts());
  if (ready !== undefined) {
    return ready.then(() => answerList(call, texts(), metadata));
  }
  if (!isRemembered(call, rows)) return answerList(call, texts(), metadata);
  const { kind } = call;
  const head = listHead(kind.listKind, groupVersion(kind), metadata);
  const tail = call.api.listBodies.tailOf(
    `${call.at.namespace}/${kind.storagePrefix}?${call.params}`,
    rows,
    () => texts().join(",") + LIST_END,
  );
  return answerGzip(spliceGzip(head, tail), { warnings: call.warnings });
}

/** Whether an answer is one that {@linkcode answerRows} remembers: objects as they are stored, as JSON, in gzip. */
function isRemembered(call: Call, rows: readonly Row[]): boolean {
  const { form, media } = call.accept;
  if (form !== "object" || media !== "json" || !isShownAsStored(call)) {
    return false;
  }
  if (!acceptsGzip(call.request.headers.get("accept-encoding"))) return false;
  let length = 0;
  for (const { text } of rows) {
    length += text.length;
    if (length >= GZIP_THRESHOLD_BYTES) return true;
  }
  return false;
}

function listBody(
  call: Call,
  texts: readonly string[],
  metadata: ListMetadata,
): string {
  const { kind } = call;
  switch (call.accept.form) {
    case "object":
      return listText(kind.listKind, groupVersion(kind), metadata, texts);
    case "metadata":
    case "metadata-list":
      return listText(
        "PartialObjectMetadataList",
        "meta.k8s.io/v1",
        metadata,
        texts.map((text) => partialMetadata(JSON.parse(text))),
      );
    case "table": {
      const options = tableOptions(call);
      return tableText(
        metadata,
        columnDefinitions(kind),
        texts.map((text) => tableRow(kind, text, options)),
      );
    }
  }
}

function listText(
  kind: string,
  apiVersion: string,
  metadata: ListMetadata,
  items: readonly string[],
): string {
  return listHead(kind, apiVersion, metadata) + items.join(",") + LIST_END;
}

function listHead(
  kind: string,
  apiVersion: string,
  metadata: ListMetadata,
): string {
  return `{"kind":${JSON.stringify(kind)},"apiVersion":${
    JSON.stringify(apiVersion)
  },"metadata":${JSON.stringify(metadata)},"items":[`;
}

function tableOptions(call: Call) {
  return {
    now: call.api.host.clock.now(),
    include: includeObjectParam(call.params),
  };
}

/** Encodes the object of one watch event; tables name their columns in the first event only. */
export function eventObject(
  call: Call,
  stored: string,
  first: boolean,
): string {
  const text = shownText(call, stored);
  switch (call.accept.form) {
    case "object":
      return text;
    case "metadata":
    case "metadata-list":
      return partialMetadata(JSON.parse(text));
    case "table": {
      const { metadata } = JSON.parse(text);
      return tableText(
        { resourceVersion: metadata.resourceVersion },
        first ? columnDefinitions(call.kind) : "null",
        [tableRow(call.kind, text, tableOptions(call))],
      );
    }
  }
}

/**
 * The object of a bookmark in the form of its watch: nothing but a resource version and, at the end of the initial state, its annotation. In a table
 * it is what comes along with the only row.
 */
export function bookmarkObject(
  call: Call,
  revision: number,
  annotations?: Record<string, string>,
): string {
  const { kind, accept: { form } } = call;
  const metadata = {
    resourceVersion: String(revision),
    ...(annotations === undefined ? {} : { annotations }),
  };
  if (form === "object") {
    const apiVersion = groupVersion(kind);
    return JSON.stringify({ kind: kind.kind, apiVersion, metadata });
  }
  const partial = partialMetadata({ metadata });
  return form === "table"
    ? tableText(
      { resourceVersion: metadata.resourceVersion },
      "null",
      [bookmarkRow(kind, partial)],
    )
    : partial;
}
