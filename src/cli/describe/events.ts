/**
 * The events about an object.
 *
 * @module
 */
import type { Event } from "../../api/core/event.ts";
import type { KubeObject, Resource } from "../../api/kind.ts";
import type { Client } from "../../client/client.ts";
import { EVENTS } from "../../client/resources.ts";
import { formatAge } from "../age.ts";
import { table } from "./lines.ts";

/** On the pod that shows a node's static pod: that one's UID. */
const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

/** The section of events, oldest first. */
export async function eventSection(
  client: Client,
  subject: { resource: Resource; object: KubeObject },
  now: number,
): Promise<string> {
  const { resource, object } = subject;
  const { name = "", namespace, annotations, uid = "" } = object.metadata;
  // A node tells of a static pod by its own UID, which its mirror here only notes.
  const told = annotations?.[MIRROR_ANNOTATION] ?? uid;
  const { items } = await client.list(EVENTS, {
    namespace: namespace ?? "default",
    fieldSelector: [
      `involvedObject.kind=${resource.kind}`,
      `involvedObject.name=${name}`,
      // A node's events carry its name for want of a uid.
      ...namespace === undefined ? [] : [`involvedObject.uid=${told}`],
    ].join(","),
  });
  const rows = items.sort((a, b) => lastSeen(a) - lastSeen(b)).map((event) => [
    event.type ?? "",
    event.reason ?? "",
    ageText(event, now),
    event.source?.component || event.reportingComponent || "",
    (event.message ?? "").trim().replaceAll("\n", " "),
  ]);
  return table("Events", [
    ["Type", "Reason", "Age", "From", "Message"],
    ...rows,
  ]);
}

function ageText(event: Event, now: number): string {
  const last = formatAge(now - lastSeen(event));
  const first = Date.parse(event.firstTimestamp ?? "");
  const { count = 1 } = event;
  return count > 1 && !Number.isNaN(first)
    ? `${last} (x${count} over ${formatAge(now - first)})`
    : last;
}

function lastSeen(event: Event): number {
  const { lastTimestamp, eventTime, metadata } = event;
  const text = lastTimestamp ?? eventTime ?? metadata.creationTimestamp;
  return text ? Date.parse(text) : 0;
}
