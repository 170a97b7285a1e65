/**
 * The columns of flow schemas and priority levels.
 *
 * @module
 */
import type { FlowSchema } from "../flowcontrol/flow_schema.ts";
import type { PriorityLevelConfiguration } from "../flowcontrol/priority_level_configuration.ts";
import type { Column } from "../kind.ts";
import { ageColumn, column, nameColumn } from "./common.ts";

/** Columns of FlowSchemas. */
export const flowSchemaColumns: readonly Column<FlowSchema>[] = [
  nameColumn(),
  column("PriorityLevel", ({ spec }) => spec.priorityLevelConfiguration.name, {
    description: "The priority level of its requests",
  }),
  column("MatchingPrecedence", ({ spec }) => spec.matchingPrecedence, {
    description: "Of all schemas that meet a request the lowest counts",
  }),
  column(
    "DistinguisherMethod",
    ({ spec }) => spec.distinguisherMethod?.type ?? "<none>",
    { description: "How its requests are told apart" },
  ),
  ageColumn(),
  column(
    "MissingPL",
    ({ status }) =>
      status?.conditions?.find((c) => c.type === "Dangling")?.status ?? "?",
    { description: "Whether the priority level is not there" },
  ),
];

function queuing({ spec }: PriorityLevelConfiguration) {
  return spec.limited?.limitResponse?.queuing;
}

/** Columns of PriorityLevelConfigurations. */
export const priorityLevelColumns: readonly Column<
  PriorityLevelConfiguration
>[] = [
  nameColumn(),
  column("Type", ({ spec }) => spec.type, {
    description: "Whether it is limited",
  }),
  column(
    "NominalConcurrencyShares",
    ({ spec }) => spec.limited?.nominalConcurrencyShares ?? "<none>",
    { description: "Its share of the server" },
  ),
  column("Queues", (o) => queuing(o)?.queues ?? "<none>", {
    description: "How many queues there are",
  }),
  column("HandSize", (o) => queuing(o)?.handSize ?? "<none>", {
    description: "Among how many queues a flow chooses",
  }),
  column("QueueLengthLimit", (o) => queuing(o)?.queueLengthLimit ?? "<none>", {
    description: "How many requests may wait in one queue",
  }),
  ageColumn(),
];
