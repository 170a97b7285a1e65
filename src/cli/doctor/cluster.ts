/**
 * The cluster, as the kubeconfig leads to it.
 *
 * @module
 */
import type { Node } from "../../api/core/node.ts";
import { hasStatusCode } from "../../client/response_error.ts";
import { NODES } from "../../client/resources.ts";
import type { CliContext } from "../context.ts";
import { describeFailure } from "../failure.ts";
import type { Finding, Level } from "./finding.ts";

/** Clocks that are further apart are worth a word: certificates and tokens of others depend on them. */
const SKEW_MS = 5_000;
/** The best of so many answers counts: others wait for what else we do. */
const TRIES = 3;

/** Server, registry and nodes. @param ifBad the level of a server that is not there */
export async function clusterFindings(
  context: CliContext,
  ifBad: Level,
): Promise<Finding[]> {
  let server: string;
  try {
    const config = await context.config();
    server = config.server;
  } catch (error) {
    return [{
      what: "kubeconfig",
      level: ifBad,
      text: withoutPrefix(describeFailure(error)),
    }];
  }
  const kubeconfig: Finding = {
    what: "kubeconfig",
    level: "ok",
    text: `server ${server}, namespace ${await context.namespace()}`,
  };
  try {
    const version = await serverFinding(context);
    return [
      kubeconfig,
      version,
      ...await Promise.all([registryFinding(context), nodesFinding(context)]),
    ];
  } catch (error) {
    return [kubeconfig, {
      what: "server",
      level: ifBad,
      text: withoutPrefix(describeFailure(error)),
    }];
  }
}

async function serverFinding(context: CliContext): Promise<Finding> {
  const { clock } = context.host;
  const client = await context.client();
  // The first request pays for the connection.
  await (await client.raw("/readyz")).body?.cancel();
  let response!: Response;
  let latencyMs = Infinity;
  for (let tries = 0; tries < TRIES; tries++) {
    await response?.body?.cancel();
    const begun = clock.monotonicMs();
    response = await client.raw("/version");
    latencyMs = Math.min(latencyMs, clock.monotonicMs() - begun);
  }
  const { gitVersion = "?" } = await response.json() as { gitVersion?: string };
  const date = Date.parse(response.headers.get("date") ?? "");
  // The header is in whole seconds.
  const skewMs = Number.isNaN(date) ? 0 : clock.now() - date - 500;
  const facts = {
    version: gitVersion,
    latencyMs: Math.round(latencyMs * 10) / 10,
    skewMs: Math.round(skewMs),
  };
  const text = `${gitVersion}, answers in ${latencyMs.toFixed(1)} ms`;
  if (!response.ok) {
    return {
      what: "server",
      level: "warn",
      text: `it answers ${response.status}`,
      facts,
    };
  }
  if (Math.abs(skewMs) > SKEW_MS) {
    return {
      what: "server",
      level: "warn",
      text: `${text}; its clock is ${(Math.abs(skewMs) / 1000).toFixed(0)} s ${
        skewMs > 0 ? "behind" : "ahead of"
      } this machine's`,
      advice: "set both by NTP",
      facts,
    };
  }
  return { what: "server", level: "ok", text, facts };
}

async function registryFinding(context: CliContext): Promise<Finding> {
  const what = "registry";
  try {
    const response = await (await context.client()).raw("/v2/");
    await response.body?.cancel();
    if (response.ok) {
      return { what, level: "ok", text: "the cluster's own answers" };
    }
    const why = response.status === 404
      ? "this server has none"
      : response.status === 403
      ? "you may not use it: ask for the roles wherry:registry-pull and wherry:registry-push"
      : `it answers ${response.status}`;
    return { what, level: "warn", text: why };
  } catch (error) {
    return {
      what,
      level: "warn",
      text: withoutPrefix(describeFailure(error)),
      advice: "wherry run and push need it; images of other registries do not",
    };
  }
}

async function nodesFinding(context: CliContext): Promise<Finding> {
  const what = "nodes";
  let nodes: readonly Node[];
  try {
    nodes = (await (await context.client()).list(NODES)).items;
  } catch (error) {
    if (hasStatusCode(error, 403)) {
      return { what, level: "ok", text: "you may not list them" };
    }
    return { what, level: "warn", text: withoutPrefix(describeFailure(error)) };
  }
  const unready = nodes.filter(({ status }) =>
    !(status?.conditions ?? []).some(({ type, status }) =>
      type === "Ready" && status === "True"
    )
  );
  const text = `${nodes.length - unready.length} of ${nodes.length} ready`;
  if (nodes.length > 0 && unready.length === 0) {
    return { what, level: "ok", text };
  }
  return {
    what,
    level: "warn",
    text: nodes.length === 0
      ? "none"
      : `${text}; not ${
        unready.map(({ metadata }) => metadata.name).join(", ")
      }`,
    ...nodes.length === 0 && {
      advice: "wherry token create, and wherry agent on a machine",
    },
  };
}

function withoutPrefix(text: string): string {
  return text.replace(/^error: /, "");
}
