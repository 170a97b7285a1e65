/**
 * `wherry cp`: files to and from a container, by the tar that is in it; containers of modules have none, and there the node answers for it.
 *
 * @module
 */
import { posix } from "node:path";
import { ApiError } from "../../api/status.ts";
import { messageOf } from "../../base/errors.ts";
import { type FileInfo, type Host, HostError } from "../../base/host.ts";
import {
  TAR_END_BYTES,
  type TarEntry,
  tarHeader,
  tarPadding,
} from "../../base/tar/tar_header.ts";
import {
  readTar,
  TarError,
  type TarMember,
} from "../../base/tar/tar_reader.ts";
import { encodeHex } from "../../base/bytes.ts";
import type { CliContext } from "../context.ts";
import {
  type FileSpec,
  memberPlace,
  memberPrefix,
  parseFileSpec,
} from "../copy_paths.ts";
import { CliFailure, EXIT_OK } from "../failure.ts";
import { findLogTargets, type LogTarget } from "../log_targets.ts";
import {
  runSession,
  type SessionEnds,
  terminatedWith,
} from "../remote_session.ts";

/** Flags of `wherry cp`. */
export interface CpFlags {
  readonly container?: string;
  /** False with `--no-preserve`. @default true */
  readonly preserve?: boolean;
  /** How often a copy that was cut is taken up again; negative: without end. @default 0 */
  readonly retries?: number;
}

/** How long, in milliseconds, a copy that was cut waits before it is taken up again. */
const RETRY_MS = 500;

/** How much of a file is read at a time, in bytes. */
const PIECE_BYTES = 64 * 1024;

/** Copies; answers the exit status. @param words source and destination */
export async function cp(
  context: CliContext,
  words: readonly [string, string],
  flags: CpFlags,
): Promise<number> {
  const [source, target] = words.map(parseFileSpec) as [FileSpec, FileSpec];
  if (source.pod !== undefined && target.pod !== undefined) {
    throw new CliFailure(
      "one of src or dest must be a local file specification",
    );
  }
  if (source.path === "" || target.path === "") {
    throw new CliFailure("filepath can not be empty");
  }
  if (source.pod !== undefined) {
    return await fromPod(context, { source, target, flags });
  }
  if (target.pod !== undefined) {
    return await toPod(context, { source, target, flags });
  }
  throw new CliFailure(
    "one of src or dest must be a remote file specification",
  );
}

interface Copy {
  readonly source: FileSpec;
  readonly target: FileSpec;
  readonly flags: CpFlags;
}

async function containerOf(
  context: CliContext,
  { pod, namespace }: FileSpec,
  { container }: CpFlags,
): Promise<LogTarget> {
  const [found] = await findLogTargets(context, await context.client(), {
    word: pod!,
    ...(namespace !== undefined && { namespace }),
    ...(container !== undefined && { container }),
  });
  const { phase } = found!.pod.status ?? {};
  if (phase === "Succeeded" || phase === "Failed") {
    throw new CliFailure(
      `cannot exec into a container in a completed pod; current phase is ${phase}`,
    );
  }
  return found!;
}

async function run(
  context: CliContext,
  container: LogTarget,
  { command, streams }: { command: readonly string[]; streams: SessionEnds },
): Promise<number> {
  return await runSession(context, container, {
    ...{ type: "exec", command, streams },
    stdin: streams.input !== undefined,
    tty: false,
  });
}

async function toPod(
  context: CliContext,
  { source, target, flags }: Copy,
): Promise<number> {
  const { host, terminal } = context;
  const local = context.path(source.path);
  // A link to nowhere is nothing to copy, as for kubectl.
  await host.disk.realPath(local).catch(() => {
    throw new CliFailure(`${source.path} doesn't exist in local filesystem`);
  });
  const container = await containerOf(context, target, flags);
  const isFolder = await run(context, container, {
    command: ["test", "-d", target.path],
    streams: { out: () => Promise.resolve(), err: () => {} },
  }) === EXIT_OK;
  const place = isFolder
    ? posix.join(target.path, posix.basename(posix.resolve(local)))
    : posix.normalize(target.path);
  const exitCode = await run(context, container, {
    command: [
      "tar",
      ...flags.preserve === false
        ? ["--no-same-permissions", "--no-same-owner"]
        : [],
      ...["-xmf", "-", "-C", posix.dirname(place)],
    ],
    streams: {
      input: archiveOf(host, posix.resolve(local), posix.basename(place)),
      out: (bytes) => terminal.out(bytes),
      err: (bytes) => terminal.errBytes?.(bytes),
    },
  });
  if (exitCode !== EXIT_OK) terminal.err(terminatedWith(exitCode));
  return exitCode;
}

/** An archive of a file, or a folder with all in it, under another name. */
async function* archiveOf(
  host: Pick<Host, "disk">,
  path: string,
  name: string,
): AsyncGenerator<Uint8Array> {
  yield* member(host, path, name);
  yield new Uint8Array(TAR_END_BYTES);
}

async function* member(
  host: Pick<Host, "disk">,
  path: string,
  name: string,
): AsyncGenerator<Uint8Array> {
  const { disk } = host;
  const info = await disk.stat(path);
  if (info.isDirectory) {
    const names = await disk.list(path);
    // Others come to be with what is in them.
    if (names.length === 0) yield header(info, { name, type: "folder" });
    for (const one of names) {
      yield* member(host, posix.join(path, one), posix.join(name, one));
    }
  } else if (info.isSymlink) {
    const linkTarget = await disk.readLink(path);
    yield header(info, { name, type: "link", linkTarget });
  } else if (info.isFile) yield* content(host, path, { name, info });
  else throw new CliFailure(`${path}: cannot copy a ${info.special}`);
}

async function* content(
  { disk }: Pick<Host, "disk">,
  path: string,
  { name, info }: { name: string; info: FileInfo },
): AsyncGenerator<Uint8Array> {
  await using file = await disk.openRead(path);
  const { sizeBytes } = file;
  yield header(info, { name, type: "file", sizeBytes });
  for (let left = sizeBytes; left > 0;) {
    const buffer = new Uint8Array(Math.min(left, PIECE_BYTES));
    const count = await file.read(buffer);
    if (count === null) {
      throw new CliFailure(`${path}: it became shorter while it was copied`);
    }
    left -= count;
    yield buffer.subarray(0, count);
  }
  yield tarPadding(sizeBytes);
}

function header(
  { mode, modified, uid = 0, gid = 0 }: FileInfo,
  entry: Pick<TarEntry, "name" | "type" | "sizeBytes" | "linkTarget">,
): Uint8Array {
  return tarHeader({ ...{ mode, modified, uid, gid }, ...entry });
}

async function fromPod(
  context: CliContext,
  { source, target, flags }: Copy,
): Promise<number> {
  const { terminal } = context;
  const container = await containerOf(context, source, flags);
  const prefix = memberPrefix(source.path);
  const archive = new PodArchive(context, { container, source, flags });
  let hasWarned = false;
  try {
    for await (const one of readTar(archive.bytes())) {
      // What does not lie where it was asked for is another's work.
      if (!one.name.startsWith(prefix)) {
        throw new CliFailure("tar contents corrupted");
      }
      const place = memberPlace(target.path, one.name.slice(prefix.length));
      if (place === undefined) {
        terminal.err(
          `warning: file "${
            posix.join(target.path, one.name.slice(prefix.length))
          }" is outside target destination, skipping`,
        );
      } else if (one.type === "link") {
        terminal.err(linkWarning(
          place,
          one,
          hasWarned ? undefined : {
            ...source,
            namespace: source.namespace ?? "",
          },
        ));
        hasWarned = true;
      } else await write(context, place, one);
    }
  } catch (error) {
    if (!(error instanceof TarError) || archive.exitCode === EXIT_OK) {
      throw error;
    }
    // The command had ended early, and has said why.
  }
  if (archive.exitCode !== EXIT_OK) {
    terminal.err(terminatedWith(archive.exitCode));
  }
  return archive.exitCode;
}

function linkWarning(
  place: string,
  { linkTarget }: TarMember,
  hint?: FileSpec,
): string {
  const what = `warning: skipping symlink: "${place}" -> "${linkTarget}"`;
  if (!hint) return what;
  return `${what} (consider using "wherry exec -n "${hint.namespace}" "${hint.pod}" -- tar cf - "${hint.path}" | tar xf -")`;
}

/** The archive that the container makes; taken up again where it was cut, as often as the flags say. */
class PodArchive {
  readonly #context: CliContext;
  readonly #options: {
    readonly container: LogTarget;
    readonly source: FileSpec;
    readonly flags: CpFlags;
  };
  #readBytes = 0;
  exitCode = EXIT_OK;

  constructor(
    context: CliContext,
    options: {
      readonly container: LogTarget;
      readonly source: FileSpec;
      readonly flags: CpFlags;
    },
  ) {
    this.#context = context;
    this.#options = options;
  }

  async *bytes(): AsyncGenerator<Uint8Array> {
    const { retries: most = 0 } = this.#options.flags;
    for (let tries = 0;; tries++) {
      try {
        return yield* this.#once();
      } catch (error) {
        // What the server refuses, it refuses again.
        if (error instanceof ApiError) throw error;
        if (tries === most) {
          if (most !== 0) {
            await this.#say(`Dropping out copy after ${tries} retries`);
          }
          throw error;
        }
        await this.#say(
          `Resuming copy at ${this.#readBytes} bytes, retry ${
            tries + 1
          }/${most}`,
        );
        await this.#context.host.clock.sleep(RETRY_MS);
      }
    }
  }

  async *#once(): AsyncGenerator<Uint8Array> {
    const { container, source, flags } = this.#options;
    const { terminal } = this.#context;
    const command = flags.retries
      ? [
        ...["sh", "-c"],
        `tar cf - ${source.path} | tail -c+${
          this.#readBytes === 0 ? 0 : this.#readBytes + 1
        }`,
      ]
      : ["tar", "cf", "-", source.path];
    const { readable, writable } = new TransformStream<Uint8Array>();
    const writer = writable.getWriter();
    const running = run(this.#context, container, {
      command,
      streams: {
        out: (bytes) => writer.write(bytes),
        err: (bytes) => terminal.errBytes?.(bytes),
      },
    });
    running.then(
      () => writer.close(),
      (error) => writer.abort(error),
    ).catch(() => {}); // nobody reads any more
    for await (const bytes of readable) {
      this.#readBytes += bytes.length;
      yield bytes;
    }
    this.exitCode = await running;
  }

  async #say(line: string): Promise<void> {
    await this.#context.terminal.out(`${line}\n`);
  }
}

/** Writes a member of the archive here. */
async function write(
  context: CliContext,
  place: string,
  { type, content: bytes }: TarMember,
): Promise<void> {
  const { disk, random } = context.host;
  const path = context.path(place);
  if (type === "folder") return await disk.mkdir(path);
  await disk.mkdir(posix.dirname(path));
  const there = await disk.stat(path).catch(noneIfNotFound);
  if (there?.isDirectory) throw new CliFailure(`open ${place}: is a directory`);
  const draft = `${path}.${encodeHex(random.bytes(6))}.tmp`;
  try {
    {
      await using file = await disk.openAppend(draft, { mode: 0o666 });
      for await (const part of bytes) await file.append(part);
    }
    await disk.rename(draft, path);
  } catch (error) {
    await disk.remove(draft).catch(() => {}); // the first error is the one to tell
    if (error instanceof HostError) {
      throw new CliFailure(`${place}: ${messageOf(error)}`);
    }
    throw error;
  }
}

function noneIfNotFound(error: unknown): undefined {
  if (error instanceof HostError && error.code === "not-found") return;
  throw error;
}
