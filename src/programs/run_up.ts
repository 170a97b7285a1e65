/**
 * `wherry up`: server and agent in one process, joined over loopback as any agent would.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import { keepMemoryLow } from "../base/real/memory_keeper.ts";
import { publicKeyHash } from "../base/certificates.ts";
import type { CliContext } from "../cli/context.ts";
import { EXIT_OK } from "../cli/failure.ts";
import { makeJoinToken } from "../cli/commands/token.ts";
import { RestClient } from "../client/rest_client.ts";
import { type AgentFlags, openAgent } from "./run_agent.ts";
import { openServer, type ServerFlags } from "./run_server.ts";
import { isMachineStopping } from "./machine_stopping.ts";
import { hasShutdownGrace } from "./node_flags.ts";
import { untilSignal } from "./until_signal.ts";

/** The token only has to last until the agent next door has joined. */
const TOKEN_TTL_SECONDS = 600;

/** Runs both until a signal. */
export async function runUp(
  host: Host,
  context: CliContext,
  flags: ServerFlags & AgentFlags,
): Promise<number> {
  // Before anything is started: a signal during the start must end in an orderly stop too.
  const signalled = untilSignal(host.clock);
  using _memory = keepMemoryLow();
  const root = context.path(flags.dataDir);
  await host.disk.mkdir(root, { mode: 0o700 });
  const isRoot = host.processes.os === "linux" && host.processes.uid === 0;
  const server = await openServer(host, context, {
    ...flags,
    dataDir: `${root}/server`,
    kubeconfig: flags.kubeconfig ?? `${root}/kubeconfig`,
    // An ordinary user's pods live on loopback addresses.
    ...(!isRoot && {
      clusterCidr: "127.64.0.0/16",
      serviceCidr: "127.96.0.0/16",
    }),
  });
  try {
    const token = await makeJoinToken(host, {
      client: new RestClient(server.transportFor("kube-controller-manager")),
      ttlSeconds: TOKEN_TTL_SECONDS,
      description: "wherry up",
    });
    const { kubeconfig: _written, ...agentFlags } = flags;
    const agent = await openAgent(host, context, {
      ...agentFlags,
      dataDir: `${root}/agent`,
      server: server.url,
      token: `${token}@${publicKeyHash(host.crypto, server.caCertificate)}`,
    });
    await context.print(`KUBECONFIG=${server.kubeconfigPath}`);
    try {
      const signal = await Promise.race([signalled, agent.failed]);
      host.log("info", "Agent and server are stopping", { signal });
    } finally {
      await agent.close({
        stopPods: flags.stopPodsOnExit ?? false,
        shutDown: hasShutdownGrace(flags) && await isMachineStopping(host),
      });
    }
  } finally {
    await server.close();
  }
  return EXIT_OK;
}
