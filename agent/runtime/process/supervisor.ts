/**
 * The supervisor: a tiny program (`native/supervise.rs`) beside each container's process, outside of the pod's cgroup (its log writers are in it for processor time). It starts the process in its
 * place, outlives the agent and keeps what an agent would otherwise have to be there for: output, process id, exit status.
 *
 * What may happen, and what is left of it (`supervisor_test.ts` is this table):
 *
 * | what | then |
 * |---|---|
 * | the agent is killed, or away for hours | nothing: output goes on into bounded files, the exit status waits in `state` |
 * | the kernel kills the guest for memory | the cgroup's counter is read at the exit: `OOMKilled`, 137 |
 * | the disk is full | output is dropped, the guest goes on; the exit overwrites bytes that were reserved at the start |
 * | the machine restarts | `state` names another boot: the container counts as ended |
 * | the guest's process id is used again | the start time beside it differs: the container counts as ended |
 * | the engine is gone or replaced by one that cannot run the log writer | output is dropped after a few tries, guest and exit go on |
 * | the supervisor itself is killed | the guest goes on; its exit status is lost, its end is told by what keeps its output |
 * | the guest floods its output | what writes the log shares the guest's processor time: a flood costs the guest and not its neighbours |
 * | what keeps its output is killed | the supervisor makes it again; what had not been read is not lost |
 *
 * @module
 */
import { LOG_LIMIT_BYTES, logNames } from "./log_names.ts";

/** Where a launched program finds the file that it is to run, whoever it runs as: opened by the supervisor, as root where we are root. */
export const PAYLOAD_PATH = "/proc/self/fd/7";

/** The same for the folder of mounts: `<MOUNTS_PATH>/0` is the first one. */
export const MOUNTS_PATH = "/proc/self/fd/9";

/**
 * The pipe in the container's folder whose other end is the guest's input. The supervisor holds it open, so that the input does not end with whoever
 * writes to it; it lets go when it is told to look (HUP) and the pipe's name is gone.
 */
export const INPUT_NAME = "in";

/** What {@linkcode supervise} starts. */
export interface SuperviseRequest {
  /** The program `native/supervise.rs`. */
  readonly supervisor: string;
  /** The container's folder: `state` is made in it, `env` is there (`environment_file.ts`). */
  readonly dir: string;
  /** Folder in which an empty file tells that the container has ended. */
  readonly exitsDir: string;
  readonly containerId: string;
  readonly bootId: string;
  /** Wall-clock time of the start, noted in `state`. */
  readonly startedAt: number;
  /** The program, and the file that it runs ({@linkcode PAYLOAD_PATH}). Both may be where only root can look. */
  readonly program: string;
  readonly payload: string;
  readonly args: readonly string[];
  /** How the line begins that the engine itself prints on stderr before anything else; it is left out of the log. */
  readonly banner?: string;
  /** Network namespace to run in. */
  readonly netns?: string;
  /** Text of the mount table (fstab) of a mount namespace of its own, and the folder of its mount points; root only. */
  readonly mounts?: { readonly table: string; readonly folder: string };
  /** cgroups to make and join, the limits to write into them and the file with the count of OOM kills. */
  readonly cgroup?: {
    readonly folders: readonly string[];
    readonly writes: readonly {
      readonly path: string;
      readonly value: string;
    }[];
    readonly oomCounter?: string;
    /** The one of them that the log writers join, too: whoever prints pays for it. Not one that is charged for memory alone. */
    readonly logFolder?: string;
  };
  /** User to become; absent: whoever the agent is. */
  readonly user?: {
    readonly uid: number;
    readonly gid: number;
    readonly groups: readonly number[];
  };
  readonly oomScoreAdj?: number;
  /** Whether it has an input: the pipe {@linkcode INPUT_NAME} of the container's folder. @default false */
  readonly hasInput?: boolean;
  /** A root folder of its own instead of the mounts. */
  readonly root?: {
    /** The program that makes it: `native/enter_root.rs`. */
    readonly launcher: string;
    readonly table: string;
    /** An empty folder. */
    readonly folder: string;
    /** Where the program is in it. */
    readonly program: string;
    /** Folder in it where the program begins. @default "/" */
    readonly workingDir?: string;
  };
  /** Writes the logs: `native/log_writer.rs`. */
  readonly logWriter: string;
  readonly log: { readonly folder: string; readonly attempt: number };
}

/** Exit statuses from here to 127 mean that the guest was never run, because what leads to it failed; engines end with others. */
export const NOT_RUN_STATUS = 126;

/** The file of the container's folder in which the supervisor finds what it is to do. For its owner alone: arguments of guests are in it. */
export const PLAN_NAME = "plan";

/**
 * The plan: rows of three texts, what and two words about it, each with a NUL behind it; `native/supervise.rs` reads them.
 *
 * @throws {TypeError} when a text holds a NUL
 */
export function planOf(request: SuperviseRequest): string {
  const { cgroup, user, root, mounts, netns, banner, log } = request;
  const rows: (readonly [what: string, first: string, second?: string])[] = [
    ["folder", request.dir],
    ["exits", `${request.exitsDir}/${request.containerId}`],
    ["boot", request.bootId, String(request.startedAt)],
    ["program", request.program],
    ["payload", request.payload],
  ];
  if (request.oomScoreAdj !== undefined) {
    rows.push(["oom-score", String(request.oomScoreAdj)]);
  }
  for (const folder of cgroup?.folders ?? []) rows.push(["group", folder]);
  for (const { path, value } of cgroup?.writes ?? []) {
    rows.push(["write", path, value]);
  }
  if (cgroup?.logFolder) rows.push(["log-group", cgroup.logFolder]);
  if (cgroup?.oomCounter) rows.push(["oom-counter", cgroup.oomCounter]);
  if (request.hasInput) rows.push(["input", INPUT_NAME]);
  if (banner) rows.push(["banner", banner]);
  const names = logNames(log.attempt);
  for (
    const [stream, end] of [["stdout", "out"], ["stderr", "err"]] as const
  ) {
    const name = names[stream];
    const first = `.${name}.first`;
    rows.push([`first-${end}`, `${log.folder}/${first}`]);
    for (
      const word of [
        ...[request.logWriter, log.folder, name, stream],
        ...[String(LOG_LIMIT_BYTES), first],
      ]
    ) rows.push([`log-${end}`, word]);
  }
  if (root) {
    // It does by itself what follows.
    rows.push(["launcher", root.launcher]);
    for (
      const word of [
        ...[root.launcher, root.table, root.folder, netns ?? "-"],
        ...(user
          ? [String(user.uid), String(user.gid), user.groups.join(",")]
          : ["-", "-", "-"]),
        ...[root.workingDir ?? "/", root.program, ...request.args],
      ]
    ) rows.push(["argument", word]);
    return textOf(rows);
  }
  if (netns) rows.push(["netns", netns]);
  if (mounts) {
    rows.push(["mounts", mounts.folder], ...mountRows(mounts.table));
  }
  if (user) {
    rows.push(["user", String(user.uid), String(user.gid)]);
    for (const group of user.groups) rows.push(["also-group", String(group)]);
  }
  for (const word of [request.program, ...request.args]) {
    rows.push(["argument", word]);
  }
  return textOf(rows);
}

function textOf(
  rows: readonly (readonly [string, string, string?])[],
): string {
  return rows.map(([what, first, second = ""]) => {
    if (first.includes("\0") || second.includes("\0")) {
      throw new TypeError(`Can not start the container: a NUL in its ${what}`);
    }
    return `${what}\0${first}\0${second}\0`;
  }).join("");
}

/** Rows of a mount table. */
function mountRows(table: string): [string, string, string][] {
  return table.split("\n").filter(Boolean).map((line) => {
    const [from = "", to = "", , options = ""] = line.split(" ");
    const how = options.split(",").includes("ro") ? "read" : "bind";
    return [how, unescape(from), unescape(to)];
  });
}

/** fstab's way to write blanks. */
function unescape(path: string): string {
  return path.replace(
    /\\([0-7]{3})/g,
    (_, code: string) => String.fromCharCode(parseInt(code, 8)),
  );
}
