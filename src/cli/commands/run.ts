/**
 * `wherry run`: from a file or an image to replicas with an address.
 *
 * @module
 */
import { SERVICES } from "../../client/resources.ts";
import type { Client } from "../../client/client.ts";
import type { CliContext } from "../context.ts";
import { EXIT_OK } from "../failure.ts";
import { formatObject, listOf } from "../output.ts";
import { addressOf, urlOf } from "../workload/address.ts";
import { applyWorkload, liveDeployment } from "../workload/apply_workload.ts";
import { requireEngine } from "../workload/engine_nodes.ts";
import { usage } from "../workload/options.ts";
import { planWorkload } from "../workload/plan.ts";
import { prepare, pushPrepared } from "../workload/prepare.ts";
import { waitForRollout } from "../workload/rollout.ts";
import type { RunFlags } from "../workload/run_flags.ts";
import { runOnce } from "../workload/run_once.ts";
import {
  deploymentOf,
  podOf,
  serviceOf,
  type Workload,
} from "../workload/workload.ts";

const DEFAULT_TIMEOUT_SECONDS = 120;

/** Runs a file or an image. @param words what follows `--` */
export async function runWorkload(
  context: CliContext,
  word: string,
  options: { readonly words: readonly string[]; readonly flags: RunFlags },
): Promise<number> {
  const { words, flags } = options;
  const { terminal } = context;
  const restart = flags.restart ?? "Always";
  if (flags.rm && restart === "Always") {
    throw usage("--rm is for what runs once: --restart=Never");
  }
  const namespace = await context.namespace();
  const { target, push } = await prepare(context, word, { flags, namespace });
  const client = await context.client();
  const isDry = flags.dryRun === "client";
  const name = flags.name ?? target.name;
  const live = isDry || restart !== "Always"
    ? undefined
    : await liveDeployment(client, { name, namespace });
  const workload = await planWorkload(
    context,
    { ...target, namespace, quick: false },
    {
      flags,
      words,
      ...live?.spec.replicas !== undefined && { replicas: live.spec.replicas },
    },
  );
  if (isDry) return await printDry(context, workload, flags);
  await requireEngine(client, workload.runtimeClass);
  if (push) terminal.err(await pushPrepared(context, push));
  if (target.entry === "run" && restart === "Always" && !workload.port) {
    terminal.err(
      "  a program that ends is started again; --restart=Never runs it once",
    );
  }
  if (restart !== "Always") {
    return await runOnce(context, client, { workload, flags });
  }
  const { deployment, outcomes } = await applyWorkload(client, workload, live);
  for (const { what, outcome } of outcomes) terminal.err(`${what} ${outcome}`);
  if (!flags.detach) {
    await waitForRollout(context, client, {
      workload,
      generation: deployment.metadata.generation ?? 0,
    }, {
      timeoutMs: (flags.timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
      report: (line) => terminal.err(line),
    });
  }
  await sayWhere(context, client, workload);
  return EXIT_OK;
}

/** The objects as they would be made, or their names. */
async function printDry(
  context: CliContext,
  workload: Workload,
  { output }: RunFlags,
): Promise<number> {
  const objects = workload.restart === "Always"
    ? [deploymentOf(workload), serviceOf(workload)].filter((object) =>
      object !== undefined
    )
    : [podOf(workload)];
  if (output === "yaml" || output === "json") {
    const all = objects.length === 1 ? objects[0] : listOf(objects);
    await context.terminal.out(formatObject(all, output));
    return EXIT_OK;
  }
  for (const { kind, metadata } of objects) {
    const type = kind === "Deployment"
      ? "deployment.apps"
      : kind!.toLowerCase();
    const suffix = output === "name" ? "" : " created (dry run)";
    await context.print(`${type}/${metadata.name}${suffix}`);
  }
  return EXIT_OK;
}

/** The address for standard output, and what else one may want to know for the person. */
async function sayWhere(
  context: CliContext,
  client: Client,
  workload: Workload,
): Promise<void> {
  const { name, namespace, port } = workload;
  const { terminal, host } = context;
  const inNamespace = namespace === (await context.config()).namespace
    ? ""
    : ` -n ${namespace}`;
  if (port !== undefined) {
    const service = await client.get(SERVICES, { name, namespace });
    const address = await addressOf(host, client, service);
    if (address) {
      await context.print(urlOf(address));
      if (!address.isReachable) {
        terminal.err(
          `  that is inside the cluster; from here: wherry port-forward${inNamespace} service/${name} ${port.port}`,
        );
      }
    }
  }
  terminal.err(`  logs:   wherry logs${inNamespace} -f deployment/${name}`);
  terminal.err(
    `  remove: wherry delete${inNamespace} deployment${
      port === undefined ? "" : ",service"
    } ${name}`,
  );
}
