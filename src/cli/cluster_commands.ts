/**
 * The verbs that talk to a cluster, with their flags; kubectl's words wherever kubectl has one. The work is in `commands/`, loaded when asked for.
 *
 * @module
 */
import { type Command, Option } from "commander";
import type { ApplyFlags } from "./commands/apply.ts";
import type { CpFlags } from "./commands/cp.ts";
import type { DeleteFlags } from "./commands/delete.ts";
import type { DescribeFlags } from "./commands/describe.ts";
import type { ExecFlags } from "./commands/exec.ts";
import type { GetOptions } from "./commands/get.ts";
import type { LogsFlags } from "./commands/logs.ts";
import type { PortForwardFlags } from "./commands/port_forward.ts";
import type { ScaleFlags } from "./commands/scale.ts";
import type { TopNodesFlags, TopPodsFlags } from "./commands/top.ts";
import { durationSeconds, wholeNumber } from "./option_values.ts";
import type { RunCommand } from "./run.ts";
import { parseFormat } from "./output.ts";

/** Adds get, describe, apply, delete, scale, logs, top and token. */
export function addClusterCommands(program: Command, run: RunCommand): void {
  program.commandsGroup("Objects of the cluster:");
  addGet(program, run);
  addApply(program, run);
  addDelete(program, run);
  addScale(program, run);
  addLogs(program, run);
  addTop(program, run);
  program.commandsGroup("Containers:");
  addExec(program, run);
  addCp(program, run);
  addPortForward(program, run);
  program.commandsGroup("Nodes:");
  addToken(program, run);
}

function addGet(program: Command, run: RunCommand): void {
  program.command("get").description("Display one or many objects")
    .argument("<type...>", "TYPE, TYPE NAME…, TYPE/NAME… or TYPE,TYPE")
    .option("-A, --all-namespaces", "of all namespaces")
    .option("-l, --selector <selector>", "only those with these labels")
    .option("--field-selector <selector>", "only those with these fields")
    .addOption(new Option("-o, --output <format>", "json, yaml, wide or name"))
    .option("-w, --watch", "go on and print changes")
    .option("--no-headers", "without the header line")
    .option("--show-labels", "with a column of labels")
    .option("--ignore-not-found", "an object that is not there is no error")
    .action((words: string[], flags: GetOptions & { output?: string }) =>
      run(async (context) => {
        const { get } = await import("./commands/get.ts");
        const { output, ...rest } = flags;
        return get(context, words, {
          ...rest,
          ...output === undefined ? {} : { output: parseFormat(output) },
        });
      })
    );
  program.command("describe").description(
    "Show objects in detail, with their events",
  )
    .argument("<type...>", "TYPE, TYPE NAME… or TYPE/NAME…")
    .option("-A, --all-namespaces", "of all namespaces")
    .option("-l, --selector <selector>", "only those with these labels")
    .option("--no-show-events", "without events")
    .action((words: string[], flags: DescribeFlags) =>
      run(async (context) => {
        const { describe } = await import("./commands/describe.ts");
        return describe(context, words, flags);
      })
    );
}

function addApply(program: Command, run: RunCommand): void {
  program.command("apply").description("Create or change objects as files say")
    .option(
      "-f, --filename <file...>",
      "files, folders, URLs, or - for standard input",
    )
    .option("-R, --recursive", "also folders inside folders")
    .addOption(
      new Option("--dry-run <mode>", "only say what would be done")
        .choices(["none", "client", "server"]).default("none"),
    )
    .action((flags: ApplyFlags) =>
      run(async (context) => {
        const { apply } = await import("./commands/apply.ts");
        return apply(context, flags);
      })
    );
}

function addDelete(program: Command, run: RunCommand): void {
  program.command("delete").description("Delete objects")
    .argument("[type...]", "TYPE NAME… or TYPE/NAME…")
    .option("-f, --filename <file...>", "the objects in these files")
    .option("-R, --recursive", "also folders inside folders")
    .option("-l, --selector <selector>", "those with these labels")
    .option("--all", "all objects of the type in the namespace")
    .option(
      "--grace-period <seconds>",
      "time to end by themselves",
      wholeNumber,
    )
    .option("--force", "do not wait for the node's word")
    .option("--now", "a grace of one second")
    .option("--no-wait", "do not wait until they are gone")
    .option("--timeout <duration>", "how long to wait", durationSeconds)
    .option("--ignore-not-found", "an object that is not there is no error")
    .addOption(
      new Option("--cascade <mode>", "what happens to dependents")
        .choices(["background", "foreground", "orphan"]).default("background"),
    )
    .action((words: string[], flags: DeleteFlags) =>
      run(async (context) => {
        const { deleteObjects } = await import("./commands/delete.ts");
        return deleteObjects(context, words, flags);
      })
    );
}

function addScale(program: Command, run: RunCommand): void {
  program.command("scale").description("Set the number of replicas")
    .argument("<type...>", "TYPE NAME… or TYPE/NAME…")
    .requiredOption("--replicas <number>", "how many", wholeNumber)
    .option(
      "--current-replicas <number>",
      "only if there are this many now",
      wholeNumber,
    )
    .action((words: string[], flags: ScaleFlags) =>
      run(async (context) => {
        const { scale } = await import("./commands/scale.ts");
        return scale(context, words, flags);
      })
    );
}

function addLogs(program: Command, run: RunCommand): void {
  program.command("logs").description("Print containers' output")
    .argument("[pod]", "POD, or TYPE/NAME for a pod of a deployment …")
    .argument("[container]", "the container, when there are several")
    .option("-c, --container <name>", "the container, when there are several")
    .option("--all-containers", "of all containers")
    .option("-l, --selector <selector>", "of all pods with these labels")
    .option("-f, --follow", "go on until it ends")
    .option("-p, --previous", "of the run before")
    .option("--timestamps", "with the time of each line")
    .option("--prefix", "with pod and container before each line")
    .option(
      "--tail <lines>",
      "only the last lines, -1 for all (default: all; 10 with a selector)",
      wholeNumber,
    )
    .option(
      "--since <duration>",
      "only what is newer than this",
      durationSeconds,
    )
    .option(
      "--since-time <time>",
      "only what is newer than this time (RFC 3339)",
    )
    .option("--limit-bytes <bytes>", "at most this much", wholeNumber)
    .action((
      pod: string | undefined,
      container: string | undefined,
      flags: LogsFlags & { since?: number },
    ) =>
      run(async (context) => {
        const { logs } = await import("./commands/logs.ts");
        const { since, ...rest } = flags;
        const words = [pod, container].filter((word) => word !== undefined);
        return logs(context, words, {
          ...rest,
          ...since === undefined ? {} : { sinceSeconds: since },
        });
      })
    );
}

function addTop(program: Command, run: RunCommand): void {
  const top = program.command("top").description(
    "Show what nodes and pods use of processors and memory",
  );
  const add = (name: string, aliases: string[], description: string) =>
    top.command(name).aliases(aliases).description(description)
      .argument("[name]", "only this one")
      .option("-l, --selector <selector>", "only those with these labels")
      .addOption(
        new Option("--sort-by <what>", "the most first")
          .choices(["cpu", "memory"]),
      )
      .option("--no-headers", "without the header line");
  add("node", ["nodes", "no"], "What nodes use")
    .option("--show-capacity", "shares of the capacity, not of what pods get")
    .action((name: string | undefined, flags: TopNodesFlags) =>
      run(async (context) => {
        const { topNodes } = await import("./commands/top.ts");
        return topNodes(context, name, flags);
      })
    );
  add("pod", ["pods", "po"], "What pods use")
    .option("-A, --all-namespaces", "of all namespaces")
    .option("--field-selector <selector>", "only those with these fields")
    .option("--containers", "a line for each container")
    .option("--sum", "with the sum")
    .action((name: string | undefined, flags: TopPodsFlags) =>
      run(async (context) => {
        const { topPods } = await import("./commands/top.ts");
        return topPods(context, name, flags);
      })
    );
}

function addExec(program: Command, run: RunCommand): void {
  const add = (name: string, description: string) =>
    program.command(name).description(description)
      .option("-c, --container <name>", "the container, when there are several")
      .option("-i, --stdin", "pass standard input on")
      .option("-t, --tty", "standard input is a terminal")
      .option("-q, --quiet", "only what the process prints");
  add("exec", "Run a command in a container")
    .argument("<pod>", "POD, or TYPE/NAME for a pod of a deployment …")
    .argument("<command...>", "after --: the command and its arguments")
    .action((pod: string, command: string[], flags: ExecFlags) =>
      run(async (context) => {
        const { exec } = await import("./commands/exec.ts");
        return exec(context, [pod, ...command], flags);
      })
    );
  add("attach", "Join the process that runs in a container")
    .argument("<pod>", "POD, or TYPE/NAME for a pod of a deployment …")
    .action((pod: string, flags: ExecFlags) =>
      run(async (context) => {
        const { attach } = await import("./commands/exec.ts");
        return attach(context, pod, flags);
      })
    );
}

function addCp(program: Command, run: RunCommand): void {
  program.command("cp").description(
    "Copy files and directories to and from containers",
  )
    .argument("<file-spec-src>", "a path here, or [NAMESPACE/]POD:PATH")
    .argument("<file-spec-dest>", "the same; one of the two is a pod's")
    .option("-c, --container <name>", "the container, when there are several")
    .option(
      "--no-preserve",
      "The copied file/directory's ownership and permissions will not be preserved in the container",
    )
    .option(
      "--retries <number>",
      "Set number of retries to complete a copy operation from a container. Specify 0 to disable or any negative value for infinite retrying",
      wholeNumber,
      0,
    )
    .addHelpText(
      "after",
      `
Containers need the program tar. WASM and Deno containers have none: theirs are copied to and from the volumes.

Examples:
  wherry cp ./site my-pod:/data/site            a folder to a pod
  wherry cp my-pod:/data/log ./log -c app       a file from one of its containers
  wherry cp ./a.txt other/my-pod:/data          a file to a pod of another namespace`,
    )
    .action((source: string, target: string, flags: CpFlags) =>
      run(async (context) => {
        const { cp } = await import("./commands/cp.ts");
        return cp(context, [source, target], flags);
      })
    );
}

function addPortForward(program: Command, run: RunCommand): void {
  program.command("port-forward").description(
    "Carry connections from here to ports of a pod",
  )
    .argument("<pod>", "POD, or TYPE/NAME for a pod of a deployment …")
    .argument(
      "<port...>",
      "LOCAL:REMOTE, PORT, or :REMOTE for any local port; the remote one may be a name",
    )
    .option("--address <address>", "listen on it (default: 127.0.0.1)")
    .action((pod: string, ports: string[], flags: PortForwardFlags) =>
      run(async (context) => {
        const { portForward } = await import("./commands/port_forward.ts");
        return portForward(context, [pod, ...ports], flags);
      })
    );
}

function addToken(program: Command, run: RunCommand): void {
  const token = program.command("token").description("Join tokens for nodes");
  token.command("create").description("Make a token and print it")
    .option(
      "--ttl <duration>",
      "how long it is good for, 0 without end (default: 24h)",
      durationSeconds,
    )
    .option("--description <text>", "what it is for")
    .action((flags: { ttl?: number; description?: string }) =>
      run(async (context) => {
        const { createToken } = await import("./commands/token.ts");
        const { ttl, ...rest } = flags;
        return createToken(context, {
          ...rest,
          ...ttl === undefined ? {} : { ttlSeconds: ttl },
        });
      })
    );
  token.command("list").description("List the tokens").action(() =>
    run(async (context) => {
      const { listTokens } = await import("./commands/token.ts");
      return listTokens(context);
    })
  );
  token.command("delete").description("Take a token back")
    .argument("<token>", "the token, or the part before the dot")
    .action((word: string) =>
      run(async (context) => {
        const { deleteToken } = await import("./commands/token.ts");
        return deleteToken(context, word);
      })
    );
}

/** Adds version, which stands last. */
export function addVersion(program: Command, run: RunCommand): void {
  program.command("version").description(
    "Print the versions of program and server",
  )
    .option("--client", "only this program's")
    .addOption(
      new Option("-o, --output <format>", "json or yaml").choices([
        "json",
        "yaml",
      ]),
    )
    .action((flags: { client?: boolean; output?: "json" | "yaml" }) =>
      run(async (context) => {
        const { version } = await import("./commands/version.ts");
        return version(context, flags);
      })
    );
}
