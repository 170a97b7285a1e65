/**
 * The columns of API services.
 *
 * @module
 */
import type { APIService } from "../apiregistration/api_service.ts";
import type { Column } from "../kind.ts";
import { ageColumn, column, nameColumn } from "./common.ts";

function availableText({ status }: APIService): string {
  const found = status?.conditions?.find((c) => c.type === "Available");
  if (found === undefined) return "Unknown";
  const { status: text, reason = "" } = found;
  return text === "True" || reason === "" ? text : `${text} (${reason})`;
}

/** Columns of APIServices. */
export const apiServiceColumns: readonly Column<APIService>[] = [
  nameColumn(),
  column(
    "Service",
    ({ spec: { service } }) =>
      service === undefined
        ? "Local"
        : `${service.namespace ?? ""}/${service.name ?? ""}`,
    { description: "The Service that serves it" },
  ),
  column("Available", availableText, {
    description: "Whether it can be used",
  }),
  ageColumn(),
];
