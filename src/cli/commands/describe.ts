/**
 * `wherry describe`.
 *
 * @module
 */
import type { KubeObject, Resource } from "../../api/kind.ts";
import type { Client } from "../../client/client.ts";
import type { CliContext } from "../context.ts";
import { describeFields, describePairs, line } from "../describe_text.ts";
import {
  CliFailure,
  describeFailure,
  EXIT_FAILED,
  EXIT_OK,
} from "../failure.ts";
import { formatAge } from "../age.ts";
import { alignCells } from "../table.ts";
import { parseTargets } from "../targets.ts";

/** Flags of `describe`. */
export interface DescribeFlags {
  readonly selector?: string;
  readonly allNamespaces?: boolean;
  /** `--no-show-events` makes it false. */
  readonly showEvents?: boolean;
}

/** An event, as far as it is shown. */
interface EventView extends KubeObject {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  firstTimestamp?: string;
  lastTimestamp?: string;
  eventTime?: string | null;
  source?: { component?: string };
  reportingComponent?: string;
}

const EVENTS: Resource<EventView> = {
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  namespaced: true,
};

/** Prints objects with all that they say, and the events about them. */
export async function describe(
  context: CliContext,
  words: readonly string[],
  flags: DescribeFlags,
): Promise<number> {
  const client = await context.client();
  const namespace = await context.namespace();
  const texts: string[] = [];
  let failed = false;
  for (
    const { resource, name } of parseTargets(await context.lookup(), words)
  ) {
    const where = resource.namespaced && !flags.allNamespaces
      ? { namespace }
      : {};
    try {
      const objects = name === undefined
        ? (await client.list(resource, {
          ...where,
          ...flags.selector ? { labelSelector: flags.selector } : {},
        })).items
        : [await client.get(resource, { name, ...where })];
      for (const object of objects) {
        const events = flags.showEvents === false
          ? undefined
          : await eventsOf(client, resource, object);
        texts.push(
          describeObject(object, { events, now: context.host.clock.now() }),
        );
      }
    } catch (error) {
      context.terminal.err(describeFailure(error));
      failed = true;
    }
  }
  if (texts.length === 0 && !failed) {
    throw new CliFailure(`No resources found in ${namespace} namespace.`);
  }
  await context.terminal.out(texts.join("\n\n"));
  return failed ? EXIT_FAILED : EXIT_OK;
}

function describeObject(
  object: KubeObject,
  options: { events: readonly EventView[] | undefined; now: number },
): string {
  const { metadata, kind: _kind, apiVersion: _version, ...rest } = object;
  const { name, namespace, labels, annotations, creationTimestamp } = metadata;
  let text = line("Name", name ?? "");
  if (namespace !== undefined) text += line("Namespace", namespace);
  text += describePairs("Labels", labels, "=");
  text += describePairs("Annotations", shortAnnotations(annotations), ": ");
  if (creationTimestamp) text += line("Created", String(creationTimestamp));
  if (metadata.deletionTimestamp) {
    text += line("Status", `Terminating (since ${metadata.deletionTimestamp})`);
  }
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner) text += line("Controlled By", `${owner.kind}/${owner.name}`);
  text += describeFields(hideSecrets(object, rest));
  if (options.events) text += describeEvents(options.events, options.now);
  return text;
}

/** Secrets are shown by size only, as kubectl does. */
function hideSecrets(
  object: KubeObject,
  fields: Record<string, unknown>,
): Record<string, unknown> {
  if (object.kind !== "Secret") return fields;
  const data = fields["data"] as Record<string, string> | undefined;
  return {
    ...fields,
    data: Object.fromEntries(
      Object.entries(data ?? {}).map(([key, value]) => [
        key,
        `${atob(value).length} bytes`,
      ]),
    ),
  };
}

/** What `apply` keeps for itself is of no interest to readers. */
function shortAnnotations(
  annotations: Record<string, string> | undefined,
): Record<string, string> | undefined {
  if (!annotations) return undefined;
  const { "kubectl.kubernetes.io/last-applied-configuration": _, ...shown } =
    annotations;
  return shown;
}

async function eventsOf(
  client: Client,
  resource: Resource,
  object: KubeObject,
): Promise<EventView[]> {
  const { name = "", namespace, uid = "" } = object.metadata;
  const { items } = await client.list(EVENTS, {
    namespace: namespace ?? "default",
    fieldSelector: [
      `involvedObject.kind=${resource.kind}`,
      `involvedObject.name=${name}`,
      // A node's events carry its name for want of a uid.
      ...namespace === undefined ? [] : [`involvedObject.uid=${uid}`],
    ].join(","),
  });
  return items.sort((a, b) => lastSeen(a) - lastSeen(b));
}

function describeEvents(events: readonly EventView[], now: number): string {
  if (events.length === 0) return line("Events", "<none>");
  const rows = events.map((event) => {
    const last = formatAge(now - lastSeen(event));
    const first = Date.parse(event.firstTimestamp ?? "");
    const age = (event.count ?? 1) > 1 && !Number.isNaN(first)
      ? `${last} (x${event.count} over ${formatAge(now - first)})`
      : last;
    return [
      `  ${event.type ?? ""}`,
      event.reason ?? "",
      age,
      event.source?.component || event.reportingComponent || "",
      (event.message ?? "").trim(),
    ];
  });
  const header = ["  Type", "Reason", "Age", "From", "Message"];
  const rule = header.map((word, index) =>
    index === 0 ? "  " + "-".repeat(word.length - 2) : "-".repeat(word.length)
  );
  return "Events:\n" + alignCells([header, rule, ...rows]);
}

function lastSeen(event: EventView): number {
  const text = event.lastTimestamp ?? event.eventTime ??
    event.metadata.creationTimestamp;
  return text ? Date.parse(String(text)) : 0;
}
