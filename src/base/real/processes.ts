/**
 * Processes of the machine.
 *
 * @module
 */
import { delimiter, isAbsolute, join } from "node:path";
import {
  type ChildProcess,
  HostError,
  type Processes,
  type ProcessResult,
} from "../host.ts";
import { hostError } from "./host_error.ts";

/** Options of {@linkcode RealProcesses.run}. */
export type RunOptions = NonNullable<Parameters<Processes["run"]>[1]>;
/** Options of {@linkcode RealProcesses.start}. */
export type StartOptions = NonNullable<Parameters<Processes["start"]>[1]>;

/** How {@linkcode RealProcesses} start. */
export interface RealProcessesOptions {
  /**
   * Whether Ctrl-C in our terminal is for us alone, so that commands end what they have begun; for programs that end in order themselves. Others take their
   * commands along. @default false
   */
  readonly apart?: boolean;
}

/** The real {@linkcode Processes}. */
export class RealProcesses implements Processes {
  readonly #apart: boolean;
  #hasTerminal: boolean | undefined;
  readonly selfPid: number = Deno.pid;
  readonly uid: number = Deno.uid() ?? 0;
  readonly arch: string = Deno.build.arch;
  readonly os: string = Deno.build.os;

  /** Processes of this machine. */
  constructor(options: RealProcessesOptions = {}) {
    this.#apart = options.apart ?? false;
  }

  get denoPath(): string {
    return Deno.execPath();
  }

  async run(command: string, options: RunOptions = {}): Promise<ProcessResult> {
    let child: Deno.ChildProcess;
    try {
      child = new Deno.Command(command, {
        ...commonOptions(options),
        stdin: options.stdin === undefined ? "null" : "piped",
        stdout: "piped",
        stderr: "piped",
        detached: this.#isApart,
      }).spawn();
    } catch (error) {
      throw hostError(`Cannot run "${command}"`, error);
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (options.timeoutMs !== undefined) {
      timer = setTimeout(() => killQuietly(child), options.timeoutMs);
    }
    try {
      const [output] = await Promise.all([
        child.output(),
        options.stdin === undefined ? undefined : feed(child, options.stdin),
      ]);
      const decoder = new TextDecoder();
      return {
        code: output.code,
        stdout: decoder.decode(output.stdout),
        stderr: decoder.decode(output.stderr),
      };
    } finally {
      clearTimeout(timer);
    }
  }

  async start(
    command: string,
    options: StartOptions = {},
  ): Promise<ChildProcess> {
    const detached = options.detached ?? false;
    const toFiles = options.stdoutPath !== undefined ||
      options.stderrPath !== undefined;
    const [program, args] = toFiles
      ? await redirected(command, options)
      : [command, options.args ?? []];
    let child: Deno.ChildProcess;
    try {
      child = new Deno.Command(program, {
        ...commonOptions({ ...options, args }),
        stdin: "null",
        stdout: "null",
        stderr: "null",
        detached,
      }).spawn();
    } catch (error) {
      throw hostError(`Cannot start "${command}"`, error);
    }
    if (detached) child.unref();
    return {
      pid: child.pid,
      exited: child.status.then((status) => status.code),
      signal(name) {
        try {
          child.kill(name);
        } catch (error) {
          if (!isGone(error)) {
            throw hostError(`Cannot signal "${command}"`, error);
          }
        }
      },
    };
  }

  signal(pid: number, name: Deno.Signal): boolean {
    try {
      Deno.kill(pid, name);
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw hostError(`Cannot signal process ${pid}`, error);
    }
  }

  hostname(): string {
    return Deno.hostname();
  }

  env(name: string): string | undefined {
    return Deno.env.get(name);
  }

  /** A session of its own costs a fork instead of a vfork, milliseconds for a process of our size: only who has a terminal pays for it. */
  get #isApart(): boolean {
    return this.#apart && (this.#hasTerminal ??= hasTerminal());
  }
}

/** Whether a terminal may signal us. Its number stands in the seventh field, the fifth after the name, which may hold anything. */
function hasTerminal(): boolean {
  try {
    const stat = Deno.readTextFileSync("/proc/self/stat");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[4] !== "0";
  } catch {
    return Deno.stdin.isTerminal() || Deno.stderr.isTerminal();
  }
}

function commonOptions(options: {
  args?: readonly string[];
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  clearEnv?: boolean;
}): Deno.CommandOptions {
  return {
    ...(options.args === undefined ? {} : { args: [...options.args] }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    ...(options.clearEnv === undefined ? {} : { clearEnv: options.clearEnv }),
  };
}

/** A shell opens the files and becomes the command: Deno cannot hand a file to a child. The process id stays the same. */
async function redirected(
  command: string,
  options: StartOptions,
): Promise<[string, string[]]> {
  const path = await findProgram(command, options);
  return ["/bin/sh", [
    "-c",
    'o=$1; e=$2; shift 2; exec "$0" "$@" >>"$o" 2>>"$e"',
    path,
    options.stdoutPath ?? "/dev/null",
    options.stderrPath ?? "/dev/null",
    ...(options.args ?? []),
  ]];
}

/** Finds the program as exec would, so that a missing one is told now and not by the shell's exit status 127. */
async function findProgram(
  command: string,
  options: StartOptions,
): Promise<string> {
  const candidates = command.includes("/")
    ? [isAbsolute(command) ? command : join(options.cwd ?? Deno.cwd(), command)]
    : (options.env?.["PATH"] ?? Deno.env.get("PATH") ?? "").split(delimiter)
      .map((folder) => join(folder, command));
  for (const path of candidates) {
    try {
      const info = await Deno.stat(path);
      if (info.isFile && ((info.mode ?? 0) & 0o111) !== 0) return path;
    } catch {
      // not here
    }
  }
  throw new HostError(
    "not-found",
    `Cannot start "${command}": no such program`,
  );
}

async function feed(child: Deno.ChildProcess, text: string): Promise<void> {
  const writer = child.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    // the command ended without reading all of its input, which is its right
  }
}

function killQuietly(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // it ended just now
  }
}

/** Deno says "not found" for a process that is gone, and TypeError for a child that it has reaped already. */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof TypeError;
}
