/**
 * Runs a command to its end.
 *
 * @module
 */

/** What is left of the command. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `program`; a non-zero exit is a result, not an error. Code 127 when there is no such program, as shells say it. */
export async function runCommand(program: string, options: {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
} = {}): Promise<CommandResult> {
  try {
    const output = await new Deno.Command(program, {
      args: [...options.args ?? []],
      env: { ...options.env },
      ...(options.cwd ? { cwd: options.cwd } : {}),
      stdin: "null",
    }).output();
    const text = new TextDecoder();
    return {
      code: output.code,
      stdout: text.decode(output.stdout),
      stderr: text.decode(output.stderr),
    };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { code: 127, stdout: "", stderr: `"${program}" was not found` };
  }
}
