/**
 * `wherry get --watch`: what is there, then each change.
 *
 * @module
 */
import type { KubeObject } from "../../api/kind.ts";
import { ApiError } from "../../api/status.ts";
import type { Client } from "../../client/client.ts";
import { collectionPath, queryString } from "../../client/paths.ts";
import { responseError } from "../../client/response_error.ts";
import type { CliContext } from "../context.ts";
import { jsonLines } from "../json_lines.ts";
import { formatObject } from "../output.ts";
import { alignCells, type Table, tableCells } from "../table.ts";
import { displayName, type Target } from "../targets.ts";
import { type GetOptions, TABLE } from "./get.ts";

/** What is watched and how it is shown. */
export interface WatchRequest {
  readonly target: Target;
  /** Absent: all. */
  readonly namespace: string | undefined;
  readonly options: GetOptions;
}

/** Prints until the server ends the watch. */
export async function watchTarget(
  context: CliContext,
  client: Client,
  request: WatchRequest,
): Promise<void> {
  const { format, path, query } = requestOf(request);
  const accept = format ? "application/json" : TABLE;
  const fetch = async (path: string) => {
    const response = await client.raw(path, { headers: { accept } });
    if (!response.ok || !response.body) throw await responseError(response);
    return response;
  };
  const list = await (await fetch(path + queryString(query))).json();
  const show = format
    ? objectPrinter(context, request)
    : tablePrinter(context, request);
  if (format) { for (const item of list.items ?? []) await show(item); }
  else await show(list);
  const { resourceVersion } = list.metadata;
  const watch = await fetch(
    path + queryString({ ...query, watch: 1, resourceVersion }),
  );
  for await (const event of jsonLines(watch.body!)) {
    const { type, object } = event as { type: string; object: unknown };
    if (type === "ERROR") throw new ApiError(object as ApiError["status"]);
    if (type !== "BOOKMARK") await show(object);
  }
}

function requestOf({ target, namespace, options }: WatchRequest) {
  const { resource, name } = target;
  const { output, selector, fieldSelector } = options;
  const fields = [
    ...fieldSelector ? [fieldSelector] : [],
    ...name === undefined ? [] : [`metadata.name=${name}`],
  ].join(",");
  return {
    format: output === "json" || output === "yaml" ? output : undefined,
    path: collectionPath(resource, resource.namespaced ? namespace : undefined),
    query: { labelSelector: selector, fieldSelector: fields || undefined },
  };
}

function objectPrinter(context: CliContext, request: WatchRequest) {
  const { target: { resource }, options } = request;
  const format = options.output === "yaml" ? "yaml" : "json";
  const apiVersion = resource.group
    ? `${resource.group}/${resource.version}`
    : resource.version;
  return async (object: unknown) => {
    // Items of lists do not say their kind.
    const whole = { apiVersion, kind: resource.kind, ...object as KubeObject };
    const separator = format === "yaml" ? "---\n" : "";
    await context.terminal.out(separator + formatObject(whole, format));
  };
}

function tablePrinter(context: CliContext, request: WatchRequest) {
  const { target: { resource }, namespace, options } = request;
  let headers = options.headers !== false;
  let definitions: Table["columnDefinitions"] = [];
  const widths: number[] = [];
  return async (object: unknown) => {
    const table = object as Table;
    if (table.columnDefinitions?.length) definitions = table.columnDefinitions;
    if (options.output === "name") {
      for (const { object } of table.rows) {
        const { name = "" } = object?.metadata ?? {};
        await context.print(displayName(resource, name));
      }
      return;
    }
    if (!table.rows?.length) return;
    const cells = tableCells({ ...table, columnDefinitions: definitions }, {
      wide: options.output === "wide",
      headers,
      withNamespace: namespace === undefined && resource.namespaced,
      showLabels: options.showLabels ?? false,
    });
    headers = false;
    await context.terminal.out(alignCells(cells, widths));
  };
}
