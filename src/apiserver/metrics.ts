/**
 * /metrics: the few figures of the API server itself, in Prometheus' text form.
 *
 * @module
 */
import type { ApiServer } from "./call.ts";

/** All figures. */
export function metricsText(api: ApiServer): string {
  const stats = api.store.stats();
  const lines: string[] = [];
  const add = (
    name: string,
    value: number,
    { type, help }: { type: "gauge" | "counter"; help: string },
  ) => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    lines.push(`${name} ${value}`);
  };
  add("wherry_store_revision", stats.revision, {
    type: "gauge",
    help: "The last committed revision.",
  });
  add("wherry_store_objects", stats.rows, {
    type: "gauge",
    help: "Objects in the store.",
  });
  add("wherry_store_text_bytes", stats.textBytes, {
    type: "gauge",
    help: "Bytes of JSON of all objects.",
  });
  add("wherry_store_commits_total", stats.commits, {
    type: "counter",
    help: "Commits to the database; one fsync each.",
  });
  add("wherry_store_writes_total", stats.writes, {
    type: "counter",
    help: "Durable writes.",
  });
  add("wherry_watches", api.watches.size, {
    type: "gauge",
    help: "Running watches.",
  });
  add("wherry_links", api.links.size, {
    type: "gauge",
    help: "Agents that are connected.",
  });
  return lines.join("\n") + "\n";
}
