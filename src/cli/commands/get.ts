/**
 * `wherry get`.
 *
 * @module
 */
import type { KubeObject } from "../../api/kind.ts";
import { ApiError } from "../../api/status.ts";
import type { Client } from "../../client/client.ts";
import { collectionPath, objectPath, queryString } from "../../client/paths.ts";
import { responseError } from "../../client/response_error.ts";
import type { CliContext } from "../context.ts";
import {
  CliFailure,
  describeFailure,
  EXIT_FAILED,
  EXIT_OK,
  EXIT_USAGE,
} from "../failure.ts";
import { formatObject, listOf, type OutputFormat } from "../output.ts";
import { alignCells, type Table, tableCells } from "../table.ts";
import { watchTarget } from "./get_watch.ts";
import { displayName, parseTargets, type Target } from "../targets.ts";

/** Flags of `get`. */
export interface GetOptions {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly output?: OutputFormat;
  readonly watch?: boolean;
  /** `--no-headers` makes it false. */
  readonly headers?: boolean;
  readonly showLabels?: boolean;
  readonly ignoreNotFound?: boolean;
}

/** The form of lists that the server has laid out as a table. */
export const TABLE =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

/** Prints objects; the exit status says whether all were found. */
export async function get(
  context: CliContext,
  words: readonly string[],
  options: GetOptions,
): Promise<number> {
  const lookup = await context.lookup();
  const targets = parseTargets(lookup, words);
  if (
    options.allNamespaces &&
    targets.some(({ name, resource }) =>
      name !== undefined && resource.namespaced
    )
  ) {
    throw new CliFailure(
      "a resource cannot be retrieved by name across all namespaces",
    );
  }
  if (
    (options.selector !== undefined || options.fieldSelector !== undefined) &&
    targets.some(({ name }) => name !== undefined)
  ) {
    throw new CliFailure(
      words.some((word) => word.includes("/"))
        ? "selectors and the all flag cannot be used when passing resource/name arguments"
        : "name cannot be provided when a selector is specified",
    );
  }
  const client = await context.client();
  const namespace = options.allNamespaces
    ? undefined
    : await context.namespace();
  if (options.watch) {
    const [target, ...more] = targets;
    if (!target || more.length) {
      throw new CliFailure("you may only specify a single resource to watch", {
        exitCode: EXIT_USAGE,
      });
    }
    await watchTarget(context, client, { target, namespace, options });
    return EXIT_OK;
  }
  const format = options.output;
  const asObjects = format === "json" || format === "yaml";
  const objects: unknown[] = [];
  let failed = false;
  let printed = 0;
  const several = new Set(targets.map(({ resource }) => resource)).size > 1;
  for (const group of groupByResource(targets)) {
    const { tables, errors } = await read(client, {
      group,
      namespace,
      options,
      accept: asObjects || format === "name" ? "application/json" : TABLE,
    });
    for (const error of errors) {
      if (isNotFound(error) && options.ignoreNotFound) continue;
      context.terminal.err(describeFailure(error));
      failed = true;
    }
    if (asObjects || format === "name") {
      for (const object of tables as KubeObject[]) {
        objects.push(object);
        if (format === "name") {
          const { resource } = group[0]!;
          await context.print(
            displayName(resource, object.metadata.name ?? ""),
          );
        }
      }
      printed += tables.length;
      continue;
    }
    const table = mergeTables(tables as Table[]);
    if (!table || table.rows.length === 0) continue;
    const { resource } = group[0]!;
    const cells = tableCells(table, {
      wide: format === "wide",
      headers: options.headers !== false,
      // With several types all tables have the column, as kubectl prints them.
      withNamespace: namespace === undefined &&
        (resource.namespaced || several),
      showLabels: options.showLabels ?? false,
      ...several ? { namePrefix: displayName(resource, "") } : {},
    });
    if (printed > 0 && options.headers !== false) {
      await context.terminal.out("\n");
    }
    await context.terminal.out(alignCells(cells));
    printed += table.rows.length;
  }
  if (asObjects) {
    const single = targets.length === 1 && targets[0]!.name !== undefined;
    const result = single ? objects[0] : listOf(objects);
    if (result !== undefined) {
      await context.terminal.out(formatObject(result, format));
    }
  } else if (
    printed === 0 && !failed && !options.ignoreNotFound && format !== "name"
  ) {
    context.terminal.err(
      namespace === undefined || !targets.some((t) => t.resource.namespaced)
        ? "No resources found"
        : `No resources found in ${namespace} namespace.`,
    );
  }
  return failed ? EXIT_FAILED : EXIT_OK;
}

/** Reads what a group of targets of one resource names: tables, or objects when JSON is accepted. */
async function read(
  client: Client,
  request: {
    group: readonly Target[];
    namespace: string | undefined;
    options: GetOptions;
    accept: string;
  },
): Promise<{ tables: unknown[]; errors: unknown[] }> {
  const { group, namespace, options, accept } = request;
  const tables: unknown[] = [];
  const errors: unknown[] = [];
  for (const { resource, name } of group) {
    const inNamespace = resource.namespaced ? namespace : undefined;
    const path = name === undefined
      ? collectionPath(resource, inNamespace) + queryString({
        labelSelector: options.selector,
        fieldSelector: options.fieldSelector,
        limit: 500,
      })
      : objectPath(resource, {
        name,
        ...inNamespace === undefined ? {} : { namespace: inNamespace },
      });
    try {
      for await (const page of pages(client, path, accept)) {
        const items = (page as { items?: KubeObject[] }).items;
        if (accept === TABLE || !Array.isArray(items)) tables.push(page);
        else {
          for (const item of items) {
            item.apiVersion ??= resource.group
              ? `${resource.group}/${resource.version}`
              : resource.version;
            item.kind ??= resource.kind;
            tables.push({
              apiVersion: item.apiVersion,
              kind: item.kind,
              ...item,
            });
          }
        }
      }
    } catch (error) {
      errors.push(error);
    }
  }
  return { tables, errors };
}

/** Follows `continue`. */
async function* pages(
  client: Client,
  path: string,
  accept: string,
): AsyncIterable<unknown> {
  let next: string | undefined = path;
  while (next !== undefined) {
    const response = await client.raw(next, { headers: { accept } });
    if (!response.ok) throw await responseError(response);
    const page: { metadata?: { continue?: string } } = await response.json();
    yield page;
    const token = page.metadata?.continue;
    next = token && path.includes("limit=")
      ? `${path}&continue=${encodeURIComponent(token)}`
      : undefined;
  }
}

function groupByResource(targets: readonly Target[]): Target[][] {
  const groups = new Map<unknown, Target[]>();
  for (const target of targets) {
    const group = groups.get(target.resource);
    if (group) group.push(target);
    else groups.set(target.resource, [target]);
  }
  return [...groups.values()];
}

function mergeTables(tables: readonly Table[]): Table | undefined {
  const [first] = tables;
  if (!first) return undefined;
  return { ...first, rows: tables.flatMap((table) => table.rows) };
}

function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status.code === 404;
}
