/**
 * The commands by which `kubectl cp` copies: tar in the container. Where there is none, the agent does the same to the container's volumes.
 *
 * @see {@link https://github.com/kubernetes/kubectl/blob/master/pkg/cmd/cp/cp.go}
 * @module
 */

/** What one of these commands wants. */
export type CopyCommand =
  /** Whether a path is a folder. */
  | { readonly type: "test"; readonly path: string }
  /** Unpacks the archive that comes as input. */
  | { readonly type: "unpack"; readonly folder: string }
  /** Writes an archive. */
  | {
    readonly type: "pack";
    readonly path: string;
    /** How much of it is left out, in bytes: an earlier try came so far. */
    readonly offset: number;
  };

/** What stands for unpacking, by version and by the documentation. */
const UNPACK_FLAGS = ["-xmf", "xmf", "-xf", "xf"];
const PACK_FLAGS = ["cf", "-cf"];

/** `kubectl cp --no-preserve`; what is unpacked here keeps neither owner nor more than permission bits in any case. */
const NO_PRESERVE = ["--no-same-permissions", "--no-same-owner"];

/** With `--retries`: `sh -c "tar cf - PATH | tail -c+N"`, the first byte is number 1. */
const RETRY = /^tar cf - (.+) \| tail -c\+(\d+)$/;

/** The copy that a command is; undefined for every other command. */
export function copyCommand(
  command: readonly string[],
): CopyCommand | undefined {
  const [program, ...words] = command;
  if (program === "test") {
    const [flag, path, ...others] = words;
    return flag === "-d" && path && others.length === 0
      ? { type: "test", path }
      : undefined;
  }
  if (program === "sh") {
    const [flag, script = "", ...others] = words;
    const [, path, byte] = RETRY.exec(script) ?? [];
    if (flag !== "-c" || others.length > 0 || path === undefined) return;
    return { type: "pack", path, offset: Math.max(0, Number(byte) - 1) };
  }
  if (program !== "tar") return undefined;
  const [flag = "", dash, ...rest] = words.filter((word) =>
    !NO_PRESERVE.includes(word)
  );
  if (dash !== "-") return undefined;
  const [first, second, ...others] = rest;
  if (others.length > 0 || first === undefined && second !== undefined) return;
  if (UNPACK_FLAGS.includes(flag)) {
    if (first === undefined) return { type: "unpack", folder: "." };
    return first === "-C" && second !== undefined
      ? { type: "unpack", folder: second }
      : undefined;
  }
  return PACK_FLAGS.includes(flag) && first && second === undefined
    ? { type: "pack", path: first, offset: 0 }
    : undefined;
}
