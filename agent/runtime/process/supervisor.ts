/**
 * The supervisor: a tiny shell beside each container's process, outside of the pod's cgroup. It outlives the agent and keeps what an
 * agent would otherwise have to be there for: output, process id, exit status.
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
 * | the supervisor itself is killed | the guest goes on; its exit status is lost, its end is told by what writes its log |
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
  /** File with {@linkcode SUPERVISOR_SCRIPT}. */
  readonly script: string;
  /** The container's folder: `state` and the pipes are made in it. */
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
  /** The program that gives the guest its environment, which is the file `env` of the container's folder: see `launcher.ts`. */
  readonly launcher: string;
  /** How the line begins that the engine itself prints on stderr before anything else; it is left out of the log. */
  readonly banner?: string;
  /** Network namespace to run in. */
  readonly netns?: string;
  /** Mount table (fstab) of a mount namespace of its own, and the folder of its mount points; root only. */
  readonly mounts?: { readonly table: string; readonly folder: string };
  /** cgroups to make and join, the limits to write into them and the file with the count of OOM kills. */
  readonly cgroup?: {
    readonly folders: readonly string[];
    readonly writes: readonly {
      readonly path: string;
      readonly value: string;
    }[];
    readonly oomCounter?: string;
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
  /** A root folder of its own instead of the mounts: `launcher` is then the program that makes it (`native/enter_root.rs`). */
  readonly root?: {
    readonly table: string;
    /** An empty folder. */
    readonly folder: string;
    /** Where the program is in it. */
    readonly program: string;
    /** Folder in it where the program begins. @default "/" */
    readonly workingDir?: string;
  };
  /** Writes the logs: an engine with a module (`wasm/log_writer`), or a program by itself (`native/log_writer.rs`). */
  readonly logWriter: { readonly program: string; readonly payload?: string };
  readonly log: { readonly folder: string; readonly attempt: number };
}

/**
 * The shell script. Its parameters come in variables W_*, the command as arguments.
 *
 * - Pipes are opened for reading and writing by the supervisor itself: so nobody blocks on opening them, and a log writer that dies
 *   takes no output with it (the next one goes on). They end when the supervisor and the guest both have let go of them.
 * - A log writer that is killed (status over 128) is started again; one that ends by itself again and again cannot run here any more, and `cat` takes
 *   its place: a pipe that nobody reads would stop the guest, and a writer that never ends would keep the exit from being told.
 * - A log writer (2.6 MB) starts with the first byte of output: until then a `dd` of 0.1 MB waits. Many guests never print.
 * - `echo 0 > cgroup.procs` moves the writing process itself, here the subshell that becomes the guest.
 * - Redirections stand with `exec` only: a shell keeps a copy of what the redirection of a function covers, and whoever reads the other end
 *   of that copy would never see the end.
 * - Traps instead of ignored signals: an ignored signal would be inherited by the guest.
 * - Programs on the way to the guest have none of the guest's environment: the last of them makes it.
 * - What cannot be had on some machines (a lower OOM score, without CAP_SYS_RESOURCE) is no word in the guest's log.
 * - State is written in place into bytes that are there since the start (`1<>`), so that a full disk cannot lose it.
 */
export const SUPERVISOR_SCRIPT = `fail() { echo "failed: $*"; exit 1; }
cd "$W_DIR" || fail "Can not enter the container's folder"
trap 'woken=1; [ -p "$W_INPUT" ] || exec 7<&-' HUP INT TERM
if [ -n "$W_OOM" ]; then echo -900 >/proc/self/oom_score_adj; fi
[ -z "$W_CGROUPS" ] || mkdir -p $W_CGROUPS || fail "Can not make the control groups"
while read -r path value; do
  [ -z "$path" ] || echo "$value" >"$path" || fail "Can not write $value to $path"
done <<END
$W_LIMITS
END
mkfifo out err || fail "Can not make pipes"
exec 5<>out 6<>err 3<out 4<err || fail "Can not open pipes"
state() { printf '%-159s\\n' "$*" 1<>state; }
state starting || fail "Can not write the state"
run_log_writer() {
  if [ -n "$W_LOG_PAYLOAD" ]; then
    "$W_LOG_PROGRAM" run -C cache=n --allow-precompiled --dir "$W_LOGS::/" "$W_LOG_PAYLOAD" "$1" $2 $W_LOG_LIMIT ".$1.first"
  else
    "$W_LOG_PROGRAM" "$W_LOGS" "$1" $2 $W_LOG_LIMIT ".$1.first"
  fi
}
write_log() {
  trap 'kill -0 $$ || true >"$W_EXITS"' EXIT
  exec 3<&- 4<&- 5>&- 6>&- >/dev/null 2>&1
  first=$W_LOGS/.$1.first
  if [ $2 = stderr ] && [ -n "$W_BANNER" ]; then
    IFS= read -r line
    case $line in
      "$W_BANNER"* | "") ;;
      *) printf '%s\\n' "$line" >"$first" ;;
    esac
  fi
  if [ -n "$W_LOG_PAYLOAD" ]; then
    [ -s "$first" ] || dd bs=1 count=1 of="$first"
    [ -s "$first" ] || { rm -f "$first"; exit; }
  fi
  refusals=0
  until run_log_writer "$1" $2; do
    [ $? -gt 128 ] || refusals=$((refusals + 1))
    [ $refusals -lt 5 ] || exec cat
    sleep 1
  done
}
(exec <&3; write_log "$W_LOG_OUT" stdout) &
(exec <&4; write_log "$W_LOG_ERR" stderr) &
exec 3<&- 4<&-
if [ "$W_INPUT" != /dev/null ]; then
  mkfifo "$W_INPUT" && exec 7<>"$W_INPUT" || fail "Can not make the pipe for input"
fi
(
  exec <"$W_INPUT" 7<&-
  exec >&5 2>&6 5>&- 6>&-
  if [ -n "$W_OOM" ]; then echo "$W_OOM" 2>/dev/null >/proc/self/oom_score_adj; fi
  for group in $W_CGROUPS; do echo 0 >"$group/cgroup.procs" || exit 126; done
  exec 5<env 6<"$W_LAUNCHER" 7<"$W_PAYLOAD" 8<"$W_PROGRAM"
  exec "$@"
) &
guest=$!
start_time() {
  start=
  read -r line </proc/$1/stat || return
  set -- \${line##*) }
  shift 19
  start=$1
}
start_time $guest
started="$W_BOOT $W_STARTED $guest $start"
start_time $$
started="$started $$ $start"
state "running $started"
echo "ok: $started"
exec >/dev/null 2>&1
while :; do
  woken=
  wait $guest
  code=$?
  [ -n "$woken" ] || break
done
exec 5>&- 6>&-
wait
oom=0
if [ -n "$W_OOM_COUNTER" ]; then
  while read -r key value; do [ "$key" = oom_kill ] && oom=$value; done <"$W_OOM_COUNTER"
fi
[ -z "$W_CGROUPS" ] || rmdir $W_CGROUPS
state "exited $started $code $oom"
true >"$W_EXITS"
`;

/** Enters the container's own mount table, then goes on with the command; $1 the table, $2 the folder of mount points. */
const MOUNT =
  `mount --all --fstab "$1" || exit 126; exec 9<"$2"; shift 2; exec "$@"`;

/** Exit statuses from here to 127 mean that the guest was never run, because what leads to it failed; engines end with others. */
export const NOT_RUN_STATUS = 126;

/** The command that starts a supervisor which lets go of it at once. Its output is one line: `ok: …` or `failed: why`. */
export function supervise(request: SuperviseRequest): {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  const names = logNames(request.log.attempt);
  const { cgroup } = request;
  return {
    command: "setsid",
    args: ["--fork", "/bin/sh", request.script, ...chain(request)],
    env: {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin",
      W_DIR: request.dir,
      W_EXITS: `${request.exitsDir}/${request.containerId}`,
      W_BOOT: request.bootId,
      W_STARTED: String(request.startedAt),
      W_PROGRAM: request.program,
      W_PAYLOAD: request.payload,
      W_LAUNCHER: request.launcher,
      W_OOM: request.oomScoreAdj === undefined
        ? ""
        : String(request.oomScoreAdj),
      W_CGROUPS: cgroup?.folders.join(" ") ?? "",
      W_LIMITS: cgroup?.writes.map(({ path, value }) => `${path} ${value}\n`)
        .join("") ?? "",
      W_OOM_COUNTER: cgroup?.oomCounter ?? "",
      W_INPUT: request.hasInput ? INPUT_NAME : "/dev/null",
      W_BANNER: request.banner ?? "",
      W_LOGS: request.log.folder,
      W_LOG_OUT: names.stdout,
      W_LOG_ERR: names.stderr,
      W_LOG_LIMIT: String(LOG_LIMIT_BYTES),
      W_LOG_PROGRAM: request.logWriter.program,
      W_LOG_PAYLOAD: request.logWriter.payload ?? "",
    },
  };
}

/** Each program of the chain becomes the next one, so that the process id stays that of the guest. */
function chain(request: SuperviseRequest): string[] {
  const { netns, mounts, user, root } = request;
  if (root) {
    return [
      ...["/proc/self/fd/6", root.table, root.folder, netns ?? "-"],
      ...(user
        ? [String(user.uid), String(user.gid), user.groups.join(",")]
        : ["-", "-", "-"]),
      ...[root.workingDir ?? "/", root.program, ...request.args],
    ];
  }
  return [
    ...(netns ? ["nsenter", `--net=${netns}`] : []),
    ...(mounts
      ? [
        ...["unshare", "--mount", "--propagation", "private"],
        ...["/bin/sh", "-c", MOUNT, "mount", mounts.table, mounts.folder],
      ]
      : []),
    ...(user
      ? [
        ...["setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`],
        user.groups.length
          ? `--groups=${user.groups.join(",")}`
          : "--clear-groups",
        ...["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"],
      ]
      : []),
    // opened as fds 6 and 8 by the script; a user who cannot enter the programs' folders can still run them
    ...["/proc/self/fd/6", "/proc/self/fd/8"],
    ...request.args,
  ];
}
