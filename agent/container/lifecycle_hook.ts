/**
 * postStart and preStop.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { LifecycleHandler } from "../../src/api/core/probe.ts";
import { decodeText } from "../../src/base/bytes.ts";
import { messageOf } from "../../src/base/errors.ts";
import type { Host } from "../../src/base/host.ts";
import { bracketed, dialProblem } from "../probes/dial_problem.ts";
import { portNumber } from "../probes/port_number.ts";
import type { RunCommand } from "../probes/prober.ts";
import { httpHook } from "./http_hook.ts";
import { podInMessages } from "./pod_events.ts";

/** What of a command's output is kept for the message. */
const MAX_OUTPUT_BYTES = 1024;

/** What a hook is run for. */
export interface HookTarget {
  readonly pod: Pod;
  readonly container: Container;
  /** The pod's address; absent with hostNetwork. */
  readonly ip?: string;
  /** Runs a command in the container. */
  readonly exec: RunCommand;
  /** Ends the hook. */
  readonly signal: AbortSignal;
  /** Called when a server asked by HTTPS turned out to speak HTTP. */
  readonly onFallback: (host: string) => void;
}

/**
 * Runs a hook to its end.
 *
 * @throws when it fails, in kubelet's words
 * @see {@link https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/}
 */
export async function runHook(
  host: Pick<Host, "clock" | "net">,
  hook: LifecycleHandler,
  target: HookTarget,
): Promise<void> {
  const { exec, httpGet, tcpSocket, sleep } = hook;
  if (exec) return await runCommand(exec.command ?? [], target);
  if (httpGet) {
    const what = `HTTP lifecycle hook (${httpGet.path ?? ""})`;
    return await told(what, target, () => httpHook(host, httpGet, target));
  }
  if (sleep) {
    const what = `Sleep lifecycle hook (${sleep.seconds})`;
    const ms = sleep.seconds * 1000;
    return await told(what, target, () => host.clock.sleep(ms, target.signal));
  }
  if (tcpSocket) {
    const port = portNumber(tcpSocket.port, target.container);
    const hostname = tcpSocket.host || target.ip || "127.0.0.1";
    const what = `TCP lifecycle hook (${bracketed(hostname)}:${port})`;
    const to = { hostname, port };
    return await told(what, target, () => tcpHook(host, to, target));
  }
  throw new Error(
    "Cannot run handler: invalid handler: it has no action that a hook can have",
  );
}

/** Opens a connection, and closes it. kubelet has no such hook and fails it; the API has had it from the start. */
async function tcpHook(
  host: Pick<Host, "net">,
  to: { readonly hostname: string; readonly port: number },
  { signal }: HookTarget,
): Promise<void> {
  let stream;
  try {
    stream = await host.net.dial(to, { signal });
  } catch (error) {
    throw new Error(dialProblem(error, to), { cause: error });
  }
  stream.close();
}

async function runCommand(
  command: readonly string[],
  target: HookTarget,
): Promise<void> {
  const { exec, signal } = target;
  let said = "";
  await told(
    `Exec lifecycle hook ([${command.join(" ")}])`,
    target,
    async () => {
      const { exitCode, output } = await exec(command, { signal });
      if (exitCode === 0) return;
      said = decodeText(output.subarray(0, MAX_OUTPUT_BYTES));
      throw new Error(
        `command '${command.join(" ")}' exited with ${exitCode}: ${said}`,
      );
    },
    () => `, message: ${JSON.stringify(said)}`,
  );
}

/** Words a failure as kubelet does. */
async function told(
  what: string,
  { pod, container, signal }: HookTarget,
  work: () => Promise<void>,
  more: () => string = () => "",
): Promise<void> {
  try {
    await work();
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(
      `${what} for Container "${container.name}" in Pod "${
        podInMessages(pod)
      }" failed - error: ${messageOf(error)}${more()}`,
      { cause: error },
    );
  }
}
