/**
 * The `wherry` program: the CLI's verbs, and server and agent as further ones. Parts are loaded when their verb is asked for.
 *
 * @module
 */
import process from "node:process";
import type { Command } from "commander";
import { Option } from "commander";
import type { LogLevel } from "./base/host.ts";
import { makeRealHost } from "./base/real_host.ts";
import { withAgentPodFlags } from "./programs/agent_pod_flags.ts";
import { withRegistryFlags } from "./programs/registry_flags.ts";
import { withDnsFlags } from "./programs/dns_flags.ts";
import { withManifestFlags } from "./programs/manifest_flags.ts";
import { withNodeFlags } from "./programs/node_flags.ts";
import { wholeNumber } from "./cli/option_values.ts";
import { runCli, type RunCommand } from "./cli/run.ts";
import { processTerminal } from "./cli/terminal.ts";
import type { AgentFlags } from "./programs/run_agent.ts";
import type { ServerFlags } from "./programs/run_server.ts";

/** What `--log-level` and `--log-format` say. */
interface LogFlags {
  readonly logLevel: LogLevel;
  readonly logFormat: "text" | "json";
}

const DISABLE_HELP =
  "what is not to be there: local-storage, the class local-path; registry, the registry of images";
const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

function addPrograms(program: Command, run: RunCommand): void {
  withLogFlags(
    program.command("server").description(
      "Run the server until SIGTERM or SIGINT",
    ),
  )
    .requiredOption("--data-dir <folder>", "where the state is kept")
    .option(
      "--listen <address>",
      "address and port to serve on",
      "0.0.0.0:6443",
    )
    .option(
      "--kubeconfig <file>",
      "where to write the admin's kubeconfig (default: in the data folder)",
    )
    .option("--cluster-cidr <cidr>", "network of the pods", "10.42.0.0/16")
    .option("--service-cidr <cidr>", "network of the services", "10.43.0.0/16")
    .option(
      "--node-cidr-mask-size <bits>",
      "prefix length of a node's part of the pods' network: more than 250 pods need less than 24",
      "24",
    )
    .option(
      "--advertise-address <address...>",
      "further names and addresses for the server's certificate",
    )
    .option(
      "--encryption-provider-config <file>",
      "what to encrypt on disk, as kube-apiserver reads it (default: made in the data folder, for Secrets)",
    )
    .option(
      "--audit-policy-file <file>",
      "which requests are told, as kube-apiserver reads it",
    )
    .option("--audit-log-path <file>", 'where they are told; "-" is stdout')
    .option("--audit-log-maxsize <mb>", "put a file away at this size", "100")
    .option("--audit-log-maxbackup <count>", "keep so many files", "100")
    .option("--audit-log-maxage <days>", "keep files for so long", "366")
    .option(
      "--enable-admission-plugins <names...>",
      "what is off otherwise: DenyServiceExternalIPs",
    )
    .option("--disable <names...>", DISABLE_HELP)
    .option(
      "--registry-dir <folder>",
      "where images are kept (default: registry in the data folder)",
    )
    .option(
      "--registry-quota <size>",
      "most that images may take, such as 20Gi (default: what the disk has)",
    )
    .action((_flags, command: Command) =>
      run(async (context) => {
        const flags = flagsOf<ServerFlags & LogFlags>(command);
        const { runServer } = await import("./programs/run_server.ts");
        return await runServer(hostOf(flags), context, flags);
      })
    );
  withLogFlags(
    withAgentFlags(
      program.command("agent").description(
        "Run the node agent until SIGTERM or SIGINT; its pods go on",
      ),
    ),
  )
    .option("--server <url>", "URL of the server")
    .option("--token <token>", "join token; not needed again once joined")
    .option(
      "--kubeconfig <file>",
      "join any Kubernetes API server, as this kubeconfig says, in place of --server",
    )
    .action((_flags, command: Command) =>
      run(async (context) => {
        const flags = flagsOf<AgentFlags & LogFlags>(command);
        const { runAgent } = await import("./programs/run_agent.ts");
        return await runAgent(hostOf(flags), context, flags);
      })
    );
  withLogFlags(
    withAgentFlags(
      program.command("up").description(
        "Run server and agent on this machine until SIGTERM or SIGINT",
      ),
    ),
  )
    .option(
      "--listen <address>",
      "address and port to serve on",
      "127.0.0.1:6443",
    )
    .option(
      "--kubeconfig <file>",
      "where to write the admin's kubeconfig (default: in the data folder)",
    )
    .option("--disable <names...>", DISABLE_HELP)
    .option(
      "--registry-dir <folder>",
      "where images are kept (default: registry in the data folder)",
    )
    .option(
      "--registry-quota <size>",
      "most that images may take, such as 20Gi (default: what the disk has)",
    )
    .action((_flags, command: Command) =>
      run(async (context) => {
        const flags = flagsOf<ServerFlags & AgentFlags & LogFlags>(command);
        const { runUp } = await import("./programs/run_up.ts");
        return await runUp(hostOf(flags), context, flags);
      })
    );
  program.command("simulate")
    .description(
      "Run a cluster under virtual time with faults and print its event log",
    )
    .option("--seed <number>", "what the run depends on", wholeNumber, 1)
    .option("--scenario <name>", "what happens", "power-cut-and-partition")
    .option("--full", "crash-points: every moment, not just some")
    .action((flags) =>
      run(async (context) => {
        const { simulate } = await import("./simulate/simulate.ts");
        return await simulate(context.terminal, flags);
      })
    );
}

/** All flags, also those that the program itself knows (`--kubeconfig`) and that may stand before or after the verb. */
function flagsOf<F>(command: Command): F {
  return command.optsWithGlobals() as F;
}

function withAgentFlags(command: Command): Command {
  return withNodeFlags(
    withDnsFlags(
      withRegistryFlags(withAgentPodFlags(withManifestFlags(command))),
    ),
  )
    .requiredOption("--data-dir <folder>", "where the state is kept")
    .option("--node-name <name>", "name of the node (default: the machine's)")
    .option(
      "--container-runtime-endpoint <endpoint>",
      "unix:// socket of a CRI runtime that is already there, or none (default: our own containerd, if it can be had)",
    )
    .option(
      "--image-dir <folder>",
      "folder of file: images (default: images in the data folder)",
    )
    .option(
      "--default-local-storage-path <folder>",
      "folder of the volumes that the class local-path makes here (default: storage in the data folder)",
    )
    .option("--max-pods <number>", "most pods on this node", wholeNumber, 110)
    .option("--node-labels <labels>", "labels for the node, a=b,c=d")
    .option(
      "--stop-pods-on-exit",
      "end pods and take their network away when the agent ends",
    );
}

function withLogFlags(command: Command): Command {
  return command
    .addOption(
      new Option("--log-level <level>", "least important level that is logged")
        .choices(LEVELS).default("info"),
    )
    .addOption(
      new Option("--log-format <format>", "form of log lines on standard error")
        .choices(["text", "json"]).default("text"),
    );
}

function hostOf({ logLevel, logFormat }: LogFlags) {
  // These programs end in order by themselves: what they are just doing is to be done first.
  return makeRealHost({ logLevel, logFormat, commandsApart: true });
}

if (import.meta.main) {
  const host = makeRealHost({ logLevel: "warn" });
  process.exit(
    await runCli(Deno.args, {
      host,
      terminal: processTerminal(),
      // `deno task` runs us in the checkout's folder; relative paths are meant from where it was called.
      cwd: Deno.env.get("WHERRY_CWD") || Deno.cwd(),
      addCommands: addPrograms,
    }),
  );
}
