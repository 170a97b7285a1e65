/**
 * Watch of a collection: one JSON object a line.
 *
 * @module
 */
import { type ApiError, badRequest, expired } from "../../api/status.ts";
import {
  ExpiredError,
  type Revision,
  type Row,
  type StoreEvent,
  type Watcher,
} from "../../store/store.ts";
import { nodeOf } from "../auth/user.ts";
import { warningHeader } from "../answer.ts";
import { waitForRevision } from "../await_revision.ts";
import type { Call } from "../call.ts";
import { checkWatchOptions } from "../list_options.ts";
import { bookmarkObject, eventObject } from "../encode.ts";
import { isTrue } from "../request_info.ts";
import { parseRevision } from "../revision.ts";
import { type Selection, selectionOf } from "../selection.ts";
import { formOf, prepareToSelect, prepareToShow } from "../view.ts";
import { WatchSource } from "../watch_source.ts";
import { integerParam } from "../write_options.ts";

const encoder = new TextEncoder();
const HEADERS = {
  "content-type": "application/json",
  "cache-control": "no-cache, private",
};

/** Nodes get every tenth bookmark: their links may be metered, and the log reaches back much further. */
const NODE_BOOKMARK_EVERY = 10;

/** The annotation of the bookmark that ends the initial state. */
const INITIAL_EVENTS_END = "k8s.io/initial-events-end";

/** Streams changes. */
export async function watch(call: Call): Promise<Response> {
  const { api, params } = call;
  const selection = selectionOf(call);
  const version = params.get("resourceVersion") ?? "";
  const bookmarks = isTrue(params.get("allowWatchBookmarks"));
  checkWatchOptions(params);
  const initialText = params.get("sendInitialEvents") || undefined;
  const initialAsked = initialText === undefined
    ? undefined
    : isTrue(initialText);
  const timeoutSeconds = integerParam(params, "timeoutSeconds") ?? 0;
  const asked = version === "" ? 0 : parseRevision(version);
  if (asked === undefined) {
    throw badRequest(`Invalid value: ${JSON.stringify(version)}`);
  }
  if (asked > api.store.revision) await waitForRevision(api, asked);
  await prepareToSelect(call, selection.prefix);
  const withState = initialAsked ?? asked === 0;
  // From here to the watch no await: nothing may be committed between the state and the first event.
  const revision = withState || asked === 0 ? api.store.revision : asked;
  const initial = withState ? initialRows(call, selection) : [];
  let watcher: Watcher;
  try {
    watcher = api.store.watch(selection.prefix, {
      after: revision,
      ...(selection.field === undefined ? {} : { field: selection.field }),
    });
  } catch (error) {
    if (!(error instanceof ExpiredError)) throw error;
    return answerExpired(call, asked);
  }
  const lines = new EventLines(call, selection);
  const source = new WatchSource({
    watcher,
    label: call.kind.storagePrefix,
    bookmarkEvery: nodeOf(call.user) === undefined ? 1 : NODE_BOOKMARK_EVERY,
    revision,
    initial: {
      length: initial.length,
      line: (index) => lines.added(initial[index]!),
      prepare: (start, stop) =>
        prepareToShow(
          call,
          initial.slice(start, stop).map(({ text }) => text),
        ),
    },
    // Watches from no version in particular are taken to ask for the state, as by kube-apiserver since 1.34.
    ...(withState && bookmarks
      ? { initialEnd: lines.initialEnd(revision) }
      : {}),
    line: (event) => lines.of(event),
    ...(call.kind.stored === undefined
      ? {}
      : { prepare: (events) => prepareToShow(call, textsOf(events)) }),
    ...(bookmarks ? { bookmark: (at: Revision) => lines.bookmark(at) } : {}),
    onEnd() {
      registration[Symbol.dispose]();
      deadline?.cancel();
    },
  });
  const registration = api.watches.add(source);
  const deadline = timeoutSeconds > 0
    ? api.host.clock.after(timeoutSeconds * 1000, () => source.end())
    : undefined;
  const body = new ReadableStream(source, { highWaterMark: 0 });
  return new Response(body, { headers: headersOf(call) });
}

function textsOf(events: readonly StoreEvent[]): string[] {
  return events.flatMap(({ row, previous }) =>
    [row, previous].flatMap((one) => one === undefined ? [] : [one.text])
  );
}

function initialRows(call: Call, selection: Selection): readonly Row[] {
  const { store } = call.api;
  if (!selection.prefix.endsWith("/")) {
    const row = store.get(selection.prefix);
    return row !== undefined && selection.matches(row) ? [row] : [];
  }
  const { rows } = store.list(selection.prefix);
  return selection.filtered ? rows.filter(selection.matches) : rows;
}

function headersOf({ warnings }: Call): Headers {
  const headers = new Headers(HEADERS);
  for (const text of warnings) headers.append("warning", warningHeader(text));
  return headers;
}

/** Kubernetes answers 200 and tells it in the stream. */
function answerExpired(call: Call, asked: Revision): Response {
  const { status }: ApiError = expired(
    `too old resource version: ${asked} (${call.api.store.revision})`,
  );
  return new Response(
    `{"type":"ERROR","object":${JSON.stringify(status)}}\n`,
    { headers: headersOf(call) },
  );
}

/** Makes the lines of one watch. */
class EventLines {
  readonly #call: Call;
  readonly #selection: Selection;
  readonly #form: string;
  #first = true;

  constructor(call: Call, selection: Selection) {
    this.#call = call;
    this.#selection = selection;
    this.#form = formOf(call);
  }

  added(row: Row): Uint8Array {
    return this.#encode("ADDED", row.text);
  }

  bookmark(at: Revision): Uint8Array {
    return line("BOOKMARK", bookmarkObject(this.#call, at));
  }

  initialEnd(at: Revision): Uint8Array {
    return line(
      "BOOKMARK",
      bookmarkObject(this.#call, at, { [INITIAL_EVENTS_END]: "true" }),
    );
  }

  /**
   * The line of an event. An object that leaves the selection is DELETED in its last matching form, at the revision of the change; one that enters
   * is ADDED.
   */
  of(event: StoreEvent): Uint8Array | undefined {
    const { row, previous } = event;
    const matches = this.#selection.matches;
    const now = row !== undefined && matches(row);
    const before = previous !== undefined && matches(previous);
    if (now) {
      return this.#remembered(event, before ? "MODIFIED" : "ADDED");
    }
    return before ? this.#remembered(event, "DELETED") : undefined;
  }

  /** Tables tell ages and name columns once, so only the other forms are worth remembering. */
  #remembered(
    event: StoreEvent,
    type: "ADDED" | "MODIFIED" | "DELETED",
  ): Uint8Array {
    const encode = () =>
      this.#encode(
        type,
        type === "DELETED"
          ? atRevision(event.previous!.text, event.revision)
          : event.row!.text,
      );
    return this.#call.accept.form === "table"
      ? encode()
      : this.#call.api.encodings.get(event, `${this.#form} ${type}`, encode);
  }

  #encode(type: string, text: string): Uint8Array {
    const first = this.#first;
    this.#first = false;
    return line(type, eventObject(this.#call, text, first));
  }
}

function line(type: string, object: string): Uint8Array {
  return encoder.encode(`{"type":"${type}","object":${object}}\n`);
}

function atRevision(text: string, revision: Revision): string {
  const object = JSON.parse(text);
  object.metadata.resourceVersion = String(revision);
  return JSON.stringify(object);
}
