/**
 * A pod that runs once: its output is printed as it comes, its exit status is the command's.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import type { Client } from "../../client/client.ts";
import { PODS } from "../../client/resources.ts";
import { hasStatusCode } from "../../client/response_error.ts";
import { EXIT_OK } from "../failure.ts";
import type { CliContext } from "../context.ts";
import { CliFailure } from "../failure.ts";
import { getOrNothing } from "./apply_workload.ts";
import { followOutput } from "./output_of.ts";
import { watchPod } from "./pod_watch.ts";
import { endText, podProblem } from "./pod_problem.ts";
import type { RunFlags } from "./run_flags.ts";
import { EXIT_INTERRUPTED } from "../terminal.ts";
import { FIELD_MANAGER, ONCE_LABEL, podOf, type Workload } from "./workload.ts";

const DEFAULT_TIMEOUT_SECONDS = 120;
/** How long a pod that is over may take to go. */
const END_MS = 30_000;

/** Runs it. Ctrl-C ends the pod when it is to be removed, else it goes on. */
export async function runOnce(
  context: CliContext,
  client: Client,
  { workload, flags }: {
    readonly workload: Workload;
    readonly flags: RunFlags;
  },
): Promise<number> {
  const { terminal } = context;
  const { name, namespace } = workload;
  await replaceEnded(context, client, workload);
  const { metadata } = await client.create(PODS, podOf(workload), {
    fieldManager: FIELD_MANAGER,
    fieldValidation: "Strict",
  });
  if (flags.detach) {
    await context.print(`pod/${name} created`);
    return EXIT_OK;
  }
  const { uid } = metadata;
  const interrupted = context.interrupted();
  try {
    // Runs that were followed; a policy may let it run again.
    for (let runs = 0;;) {
      const pod = await watchPod(context, client, {
        namespace,
        name,
        ...runs === 0 && {
          timeoutMs: (flags.timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
        },
        signal: interrupted,
        until: (pod) => {
          const problem = podProblem(pod);
          if (problem?.isLasting && !problem.hasRun) {
            throw new CliFailure(`${name} does not start: ${problem.text}`);
          }
          return isOver(pod) || begunRuns(pod) > runs;
        },
      });
      if (begunRuns(pod) <= runs) return exitCodeOf(context, pod);
      runs = begunRuns(pod);
      const output = await followOutput(client, {
        namespace,
        pod: name,
        signal: interrupted,
      });
      for await (const chunk of output) await terminal.out(chunk);
    }
  } catch (error) {
    if (!interrupted.aborted) throw error;
    terminal.err(
      flags.rm
        ? `pod/${name} is ended and removed`
        : `pod/${name} goes on: wherry logs -f pod/${name}, wherry delete pod ${name}`,
    );
    return EXIT_INTERRUPTED;
  } finally {
    if (flags.rm) {
      await client.delete(PODS, { name, namespace }, {
        gracePeriodSeconds: interrupted.aborted ? 1 : 0,
        ...uid !== undefined && { preconditions: { uid } },
      }).catch((error) => {
        if (!hasStatusCode(error, 404)) throw error;
      });
    }
  }
}

/** A pod of an earlier run that is over makes room. */
async function replaceEnded(
  context: CliContext,
  client: Client,
  { name, namespace }: Workload,
): Promise<void> {
  const live = await getOrNothing(client, PODS, { name, namespace });
  if (!live) return;
  if (live.metadata.labels?.[ONCE_LABEL] !== name || !isOver(live)) {
    throw new CliFailure(
      `there is a pod "${name}" already${
        isOver(live)
          ? " that was not made by wherry run"
          : ", which has not ended"
      }: say another --name, or wherry delete pod ${name}`,
    );
  }
  const { uid } = live.metadata;
  await client.delete(PODS, { name, namespace }, {
    gracePeriodSeconds: 0,
    ...uid !== undefined && { preconditions: { uid } },
  });
  await watchPod(context, client, {
    namespace,
    name,
    timeoutMs: END_MS,
    until: () => false,
    untilGone: true,
  });
}

/** How often the container has begun, up to now. */
function begunRuns({ status }: Pod): number {
  const [container] = status?.containerStatuses ?? [];
  if (!container) return 0;
  const { running, terminated } = container.state ?? {};
  const isBegun = running !== undefined || terminated !== undefined;
  return (container.restartCount ?? 0) + (isBegun ? 1 : 0);
}

function isOver({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

function exitCodeOf(
  { terminal }: CliContext,
  { status, metadata }: Pod,
): number {
  const ended = status?.containerStatuses?.[0]?.state?.terminated;
  if (!ended) {
    throw new CliFailure(
      `${metadata.name} has failed: ${status?.reason ?? ""} ${
        status?.message ?? ""
      }`.trim(),
    );
  }
  if (ended.exitCode !== 0) {
    terminal.err(`${metadata.name}: ${endText(ended)}`);
  }
  return ended.exitCode;
}
