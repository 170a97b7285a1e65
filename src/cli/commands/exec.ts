/**
 * `wherry exec` and `wherry attach`.
 *
 * @module
 */
import type { CliContext } from "../context.ts";
import { CliFailure, EXIT_USAGE } from "../failure.ts";
import { findLogTargets } from "../log_targets.ts";
import { runSession } from "../remote_session.ts";

/** Flags of both. */
export interface ExecFlags {
  readonly container?: string;
  readonly stdin?: boolean;
  readonly tty?: boolean;
  readonly quiet?: boolean;
}

/** Runs a command in a container; answers its exit status. @param words the pod, and the command */
export async function exec(
  context: CliContext,
  words: readonly string[],
  flags: ExecFlags,
): Promise<number> {
  const [pod, ...command] = words;
  if (command.length === 0) {
    throw new CliFailure(
      "you must specify at least one command for the container",
      {
        exitCode: EXIT_USAGE,
      },
    );
  }
  return await session(context, pod!, { type: "exec", command, flags });
}

/** Joins the process of a container; answers its exit status. */
export async function attach(
  context: CliContext,
  pod: string,
  flags: ExecFlags,
): Promise<number> {
  if (flags.tty && flags.stdin && !flags.quiet) {
    context.terminal.err(
      "If you don't see a command prompt, try pressing enter.",
    );
  }
  return await session(context, pod, { type: "attach", command: [], flags });
}

async function session(
  context: CliContext,
  word: string,
  options: {
    type: "exec" | "attach";
    command: readonly string[];
    flags: ExecFlags;
  },
): Promise<number> {
  const { type, command, flags } = options;
  const { container } = flags;
  const [target] = await findLogTargets(context, await context.client(), {
    word,
    quiet: true, // about the pod; as in kubectl
    ...container === undefined ? {} : { container },
  });
  const { phase } = target!.pod.status ?? {};
  if (phase === "Succeeded" || phase === "Failed") {
    throw new CliFailure(
      type === "exec"
        ? `cannot exec into a container in a completed pod; current phase is ${phase}`
        : `cannot attach a container in a completed pod; current phase is ${phase}`,
    );
  }
  return await runSession(context, target!, {
    type,
    command,
    stdin: flags.stdin ?? false,
    tty: flags.tty ?? false,
  });
}
