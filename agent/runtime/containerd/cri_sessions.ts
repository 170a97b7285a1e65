/**
 * Sessions with containers and sandboxes over the CRI. Loaded when the first is wanted.
 *
 * @module
 */
import { concat } from "../../../src/base/bytes.ts";
import { messageOf, Stopped } from "../../../src/base/errors.ts";
import { type Host, HostError } from "../../../src/base/host.ts";
import {
  type ExecRequest,
  type ExecResult,
  type ExecSyncRequest,
  type ExecSyncResult,
  ExecTimeout,
  type PortConnection,
  type SessionStreams,
} from "../sessions.ts";
import {
  type CommandSession,
  ContainerSessions,
  endRemains,
  machineTicks,
} from "./exec_remains.ts";
import { RuntimeService } from "./gen/cri_pb.ts";
import type { GrpcChannel } from "./grpc_channel.ts";
import { isGrpc } from "./grpc_error.ts";
import { dialStreaming } from "./streaming/dial.ts";
import {
  forwardPort,
  PORT_FORWARD_PROTOCOL,
} from "./streaming/port_forward.ts";
import {
  REMOTE_COMMAND_PROTOCOL,
  runRemoteCommand,
} from "./streaming/remote_command.ts";
import { endStuckCommands } from "./stuck_commands.ts";

const { method } = RuntimeService;

/** How much longer than the command's own time the runtime may take to tell of it. */
const EXEC_MARGIN_MS = 15_000;

/** How long after a kill it is looked what containerd still keeps of the command. */
const SETTLE_MS = 500;

/** What sessions need of the runtime. */
export interface CriSessionsOptions {
  readonly channel: GrpcChannel;
  readonly host: Pick<
    Host,
    "net" | "disk" | "processes" | "clock" | "log" | "spawn"
  >;
  /** Sessions with commands that are open, by container; kept by the runtime, written here. */
  readonly commands: Map<string, ContainerSessions>;
}

/** Runs a command in a container; see {@linkcode Runtime.exec}. */
export async function criExec(
  runtime: CriSessionsOptions,
  id: string,
  request: ExecRequest,
): Promise<ExecResult> {
  const { host } = runtime;
  const { command, signal } = request;
  using container = containerOf(runtime, id);
  const { sessions } = container;
  const over = Promise.withResolvers<void>();
  return await sessions.gate.run(async () => {
    signal.throwIfAborted();
    const own: CommandSession = {
      command,
      openedTicks: await machineTicks(host),
      closed: over.promise,
    };
    sessions.open.add(own);
    try {
      return await runCommand(runtime, id, request);
    } catch (error) {
      if (signal.aborted || error instanceof HostError) {
        // Nobody is there for the command any more.
        host.spawn("exec-remains", () => endCommand(runtime, id, own));
      }
      throw error;
    } finally {
      sessions.open.delete(own);
      over.resolve();
    }
  });
}

async function runCommand(
  { channel, host }: CriSessionsOptions,
  id: string,
  request: ExecRequest,
): Promise<ExecResult> {
  const { signal } = request;
  const { url } = await channel.unary(method.exec, {
    containerId: id,
    cmd: [...request.command],
    ...wanted(request),
  }, { signal });
  const protocol = REMOTE_COMMAND_PROTOCOL;
  const session = await dialStreaming(host, { url, protocol, signal });
  const exitCode = await runRemoteCommand(session, request, {
    clock: host.clock,
    onSilence: () => endStuckCommands({ channel, host }, id),
  });
  return { exitCode };
}

/** What is known of a container's commands, for as long as somebody holds it. */
function containerOf(
  { commands, host }: CriSessionsOptions,
  id: string,
): Disposable & { readonly sessions: ContainerSessions } {
  const sessions = commands.get(id) ?? new ContainerSessions(host.clock);
  commands.set(id, sessions);
  sessions.users++;
  return {
    sessions,
    [Symbol.dispose]: () => {
      if (--sessions.users === 0) commands.delete(id);
    },
  };
}

async function endCommand(
  runtime: CriSessionsOptions,
  id: string,
  session: CommandSession,
): Promise<void> {
  const { channel, host } = runtime;
  using container = containerOf(runtime, id);
  try {
    const { info } = await channel.unary(method.containerStatus, {
      containerId: id,
      verbose: true,
    });
    const { pid } = JSON.parse(info["info"] ?? "{}");
    if (!Number.isInteger(pid)) return; // not containerd: what it tells beside the CRI is its own
    await endRemains(host, session, {
      containerId: id,
      initPid: pid,
      sessions: container.sessions,
    });
    await host.clock.sleep(SETTLE_MS); // a killed process is not gone at once
    await endStuckCommands({ channel, host }, id);
  } catch (error) {
    host.log("debug", "Cannot end the command of a session", { error });
  }
}

/** Joins a container's input and output; see {@linkcode Runtime.attach}. */
export async function criAttach(
  runtime: CriSessionsOptions,
  id: string,
  streams: SessionStreams,
): Promise<void> {
  const { stdin, stdout, stderr, tty } = streams;
  if (!stdin || tty || !(stdout || stderr)) {
    return await attachOnce(runtime, id, streams);
  }
  await attachApart(runtime, id, { ...streams, stdin });
}

/**
 * Input and outputs each in an attachment of their own. In one, containerd (1.6) ends all three as soon as one output has ended, and what the container
 * said last on the other was lost now and then; it also hands input over before it listens to the output.
 */
async function attachApart(
  runtime: CriSessionsOptions,
  id: string,
  streams: SessionStreams & { readonly stdin: ReadableStream<Uint8Array> },
): Promise<void> {
  const { stdin, signal: client, ...outputs } = streams;
  const over = new AbortController();
  const detached = new AbortController();
  const opened = Promise.withResolvers<void>();
  const giveInput = async () => {
    await opened.promise;
    const signal = AbortSignal.any([client, over.signal]);
    await attachOnce(runtime, id, { stdin, tty: false, signal });
    // The client's input has ended. The container's has not, unless it was to end with this one: then nobody waits for its answer.
    if (!await hasInputOnce(runtime, id)) {
      detached.abort(new Stopped("The input has ended"));
    }
  };
  const input = giveInput();
  input.catch(() => {}); // it ends with the outputs at the latest; what is wrong with the container they tell
  try {
    const signal = AbortSignal.any([client, detached.signal]);
    await attachOnce(runtime, id, { ...outputs, signal }, opened.resolve);
  } catch (error) {
    if (!detached.signal.aborted || client.aborted) throw error;
  } finally {
    over.abort(new Stopped("The session is over"));
    opened.resolve();
    await input.catch(() => {});
  }
}

async function attachOnce(
  { channel, host }: CriSessionsOptions,
  id: string,
  streams: SessionStreams,
  onOpen?: () => void,
): Promise<void> {
  const { url } = await channel.unary(method.attach, {
    containerId: id,
    ...wanted(streams),
  }, { signal: streams.signal });
  const session = await dialStreaming(host, {
    url,
    protocol: REMOTE_COMMAND_PROTOCOL,
    signal: streams.signal,
  });
  await runRemoteCommand(session, streams, {
    clock: host.clock,
    ...(onOpen && { onOpen }),
  });
}

/** Whether the container's input ends with the first attachment's, as far as the runtime tells; a container that has ended has no input either way. */
async function hasInputOnce(
  { channel }: CriSessionsOptions,
  id: string,
): Promise<boolean> {
  try {
    const { info } = await channel.unary(method.containerStatus, {
      containerId: id,
      verbose: true,
    });
    const { config } = JSON.parse(info["info"] ?? "{}");
    return config?.stdin_once === true;
  } catch {
    return true;
  }
}

/** Runs a short command; the runtime itself kills it after its time. */
export async function criExecSync(
  runtime: CriSessionsOptions,
  id: string,
  request: ExecSyncRequest,
): Promise<ExecSyncResult> {
  using container = containerOf(runtime, id);
  return await container.sessions.gate.run(() =>
    runToEnd(runtime, id, request)
  );
}

async function runToEnd(
  { channel }: CriSessionsOptions,
  id: string,
  request: ExecSyncRequest,
): Promise<ExecSyncResult> {
  const { command, timeoutMs, signal } = request;
  signal?.throwIfAborted();
  const seconds = Math.ceil((timeoutMs ?? 0) / 1000);
  try {
    const { exitCode, stdout, stderr } = await channel.unary(method.execSync, {
      containerId: id,
      cmd: [...command],
      timeout: BigInt(seconds),
    }, {
      ...(seconds > 0 && { timeoutMs: seconds * 1000 + EXEC_MARGIN_MS }),
      ...(signal && { signal }),
    });
    return { exitCode, output: concat([stdout, stderr]) };
  } catch (error) {
    const isLate = isGrpc(error, "DeadlineExceeded") ||
      /timeout .+ exceeded/.test(messageOf(error));
    throw isLate && !signal?.aborted ? new ExecTimeout(request) : error;
  }
}

/** Connects to a port of a sandbox; see {@linkcode Runtime.portForward}. */
export async function criPortForward(
  { channel, host }: CriSessionsOptions,
  sandboxId: string,
  { port, signal }: { port: number; signal: AbortSignal },
): Promise<PortConnection> {
  const { url } = await channel.unary(method.portForward, {
    podSandboxId: sandboxId,
    port: [port],
  }, { signal });
  const session = await dialStreaming(host, {
    url,
    protocol: PORT_FORWARD_PROTOCOL,
    signal,
  });
  return await forwardPort(session, port);
}

function wanted({ stdin, stdout, stderr, tty }: SessionStreams) {
  return {
    tty,
    stdin: stdin !== undefined,
    stdout: stdout !== undefined,
    // The CRI refuses it with a terminal, which has one output only.
    stderr: stderr !== undefined && !tty,
  };
}
