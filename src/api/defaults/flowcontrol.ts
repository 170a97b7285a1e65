/**
 * Defaults of flow schemas and priority levels.
 *
 * @module
 */
import type { FlowSchema } from "../flowcontrol/flow_schema.ts";
import type { PriorityLevelConfiguration } from "../flowcontrol/priority_level_configuration.ts";

const PRECEDENCE = 1000;
const SHARES = 30;
const QUEUES = 64;
const HAND_SIZE = 8;
const QUEUE_LENGTH = 50;

/** Fills in what a schema does not say. */
export function defaultFlowSchema({ spec }: FlowSchema): void {
  spec.matchingPrecedence ||= PRECEDENCE;
}

/** Fills in what a level does not say. */
export function defaultPriorityLevel(
  { spec: { limited, exempt } }: PriorityLevelConfiguration,
): void {
  if (exempt !== undefined) {
    exempt.nominalConcurrencyShares ??= 0;
    exempt.lendablePercent ??= 0;
  }
  if (limited === undefined) return;
  limited.nominalConcurrencyShares ??= SHARES;
  limited.lendablePercent ??= 0;
  const queuing = limited.limitResponse?.queuing;
  if (queuing === undefined) return;
  queuing.queues ||= QUEUES;
  queuing.handSize ||= HAND_SIZE;
  queuing.queueLengthLimit ||= QUEUE_LENGTH;
}
