/**
 * Puts the command line together and runs it.
 *
 * @module
 */
import { Command, CommanderError, Option } from "commander";
import type { Host } from "../base/host.ts";
import { WHERRY_VERSION } from "../base/version.ts";
import { CliContext, type GlobalOptions } from "./context.ts";
import {
  CliFailure,
  describeFailure,
  EXIT_FAILED,
  EXIT_OK,
  EXIT_USAGE,
} from "./failure.ts";
import { addClusterCommands, addVersion } from "./cluster_commands.ts";
import { addDoctor, addSourceCommands } from "./source_commands.ts";
import type { Terminal } from "./terminal.ts";

/** Adds a program's own verbs (server, agent, up, simulate), which live above this layer. */
export type AddCommands = (program: Command, run: RunCommand) => void;

/** Wraps a command's work: sets up the context, shows errors, keeps the exit status. */
export type RunCommand = (
  work: (context: CliContext) => Promise<number>,
) => Promise<void>;

/** The group of commands that are no clients. */
const PROGRAMS = "Programs:";

/** Runs one command line; resolves with the exit status (0 done, 1 failed, 2 not understood). */
export async function runCli(
  args: readonly string[],
  io: {
    host: Host;
    terminal: Terminal;
    cwd: string;
    addCommands?: AddCommands;
  },
): Promise<number> {
  const context = new CliContext(io);
  let exitCode = EXIT_OK;
  const program = new Command("wherry")
    .description(
      "Wherry: a lightweight orchestrator for the edge that speaks the Kubernetes API",
    )
    .version(
      WHERRY_VERSION,
      "-V, --version",
      "print the version of this program",
    )
    .option(
      "--kubeconfig <file>",
      "kubeconfig to use (default: $KUBECONFIG, then ~/.kube/config)",
    )
    .option("--context <name>", "context of the kubeconfig")
    .option("-n, --namespace <name>", "namespace (default: the context's)")
    .addHelpText(
      "after",
      "\nExit status: 0 done, 1 the server, the machine or the input refused, 2 the command line was not understood\n`wherry COMMAND --help` says more about a command",
    );
  const run: RunCommand = async (work) => {
    try {
      exitCode = await work(context);
    } catch (error) {
      if (error instanceof CommanderError) throw error;
      io.terminal.err(describeFailure(error));
      exitCode = error instanceof CliFailure ? error.exitCode : EXIT_FAILED;
    }
  };
  addSourceCommands(program, run);
  addClusterCommands(program, run);
  program.commandsGroup(PROGRAMS);
  io.addCommands?.(program, run);
  program.commandsGroup("Other:");
  addDoctor(program, run);
  program.command("completion")
    .description("Print a script for bash's and zsh's completion")
    .addHelpText("after", "\n  source <(wherry completion)")
    .action(() =>
      run(async (context) => {
        const { completionScript } = await import("./completion.ts");
        await context.terminal.out(completionScript(program));
        return EXIT_OK;
      })
    );
  addVersion(program, run);
  const printed: Promise<void>[] = [];
  configureAll(program, {
    out: (text) => printed.push(io.terminal.out(text)),
    err: (text) => io.terminal.err(text.trimEnd()),
  });
  program.hook("preAction", (_program, command) => {
    context.setOptions(command.optsWithGlobals() as GlobalOptions);
  });
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // The process ends right after us: help would be cut off.
    await Promise.all(printed);
    return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  }
  return exitCode;
}

/** Errors are thrown, texts go through the terminal, and the global options are understood behind the verb too. */
function configureAll(
  command: Command,
  write: { out(text: string): void; err(text: string): void },
): void {
  command.exitOverride().configureOutput({
    writeOut: write.out,
    writeErr: write.err,
    outputError: (text, write) => write(text),
  }).showHelpAfterError(`(${pathOf(command)} --help says more)`);
  if (command.parent) {
    for (
      const option of [
        new Option("--kubeconfig <file>", "kubeconfig to use"),
        new Option("--context <name>", "context of the kubeconfig"),
        new Option("-n, --namespace <name>", "namespace"),
      ]
    ) {
      if (command.options.some(({ long }) => long === option.long)) continue;
      command.addOption(
        option.hideHelp(command.helpGroup() === PROGRAMS),
      );
    }
  }
  for (const child of command.commands) {
    configureAll(child as Command, write);
  }
}

/** `wherry token create`. */
function pathOf(command: Command): string {
  const parent = command.parent as Command | null;
  return parent ? `${pathOf(parent)} ${command.name()}` : command.name();
}
